#include "common/store/admin_state.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <random>
#include <utility>

#include "common/store/admin_mark.h"
#include "common/store/script.h"
#include "common/store/script_integer.h"

namespace gatepost::store {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;

constexpr std::size_t kMaxTextBytes = 4'096;
// So that no script call keeps the store busy for long.
constexpr std::ptrdiff_t kMostInOneCall = 200;

Result<void> CheckSize(const FieldMap& fields) {
  std::size_t bytes = 0;
  for (const auto& [name, value] : fields) bytes += name.size() + value.size();
  // Each byte may take three in the copy.
  if (fields.size() <= AdminCopy::kMaxEntries && bytes <= AdminCopy::kMaxBytes / 4) return {};
  return Fail(ErrorKind::kLimit, "the store holds too much administrative state");
}

Result<void> CheckField(const std::string& field, const std::string& value) {
  if (field != AdminMark::kField && field.size() + value.size() <= kMaxTextBytes) return {};
  return Fail(ErrorKind::kInvalid, "this name is reserved, or it is too long");
}

AdminMark MarkOf(const FieldMap& fields) {
  const auto mark = fields.find(AdminMark::kField);
  const auto parsed = mark == fields.end() ? std::nullopt : AdminMark::Parse(mark->second);
  return parsed.value_or(AdminMark{});
}

// One that no other mark has, for all that matters; Lua's numbers hold it.
std::string NewGeneration() {
  std::random_device random;
  return std::to_string(
      std::uniform_int_distribution<std::int64_t>(1, 999'999'999'999'999)(random));
}

}  // namespace

// What stands in for an absent store knows nothing of this state.
AdminState::AdminState(Store& store, Options options)
    : store_(store.shared()), options_(std::move(options)), view_(std::make_shared<FieldMap>()) {
  LoadCopy();
  thread_ = std::thread([this] { Run(); });
}

AdminState::~AdminState() {
  {
    const std::lock_guard lock(change_mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
  WriteCopy();
}

std::shared_ptr<const FieldMap> AdminState::All() const {
  const std::lock_guard lock(view_mutex_);
  return view_;
}

std::optional<std::string> AdminState::Find(std::string_view field) const {
  const auto view = All();
  const auto found = view->find(field);
  return found == view->end() ? std::nullopt : std::optional(found->second);
}

Result<void> AdminState::Set(const std::string& field, const std::string& value) {
  return Change(field, value);
}

Result<void> AdminState::Lift(const std::string& field) { return Change(field, std::nullopt); }

Result<bool> AdminState::Exchange(const std::string& field, const std::string& expected,
                                  const std::string& value) {
  if (const auto fits = CheckField(field, value); !fits) return tl::unexpected(fits.error());
  const std::lock_guard refreshing(refresh_mutex_);
  if (const auto sent = SendChanges(); !sent) return tl::unexpected(sent.error());
  const std::array<std::string, 7> arguments{"", "expect", field, expected, "set", field, value};
  const auto told =
      store_.Run(scripts::kAdminChange, {&options_.key, 1}, arguments, CallDeadline());
  if (!told) return tl::unexpected(told.error());
  if (told->empty() || told->front() < 0) return false;
  const std::lock_guard lock(change_mutex_);
  state_.fields.insert_or_assign(field, value);
  Publish();
  return true;
}

Result<void> AdminState::Change(const std::string& field, std::optional<std::string> value) {
  if (auto fits = CheckField(field, value.value_or("")); !fits) return fits;
  {
    const std::lock_guard lock(change_mutex_);
    if (state_.fields.size() + state_.unsent.size() >= AdminCopy::kMaxEntries) {
      return Fail(ErrorKind::kLimit, "there is too much administrative state");
    }
    state_.unsent.insert_or_assign(field, std::move(value));
    Publish();
    wake_ = true;
  }
  changed_.notify_all();
  return {};
}

// With change_mutex_ held, after a change of state_.
void AdminState::Publish() {
  ++revision_;
  auto view = std::make_shared<FieldMap>(state_.fields);
  for (const auto& [field, value] : state_.unsent) {
    if (value) {
      view->insert_or_assign(field, *value);
    } else {
      view->erase(field);
    }
  }
  if (options_.on_change) options_.on_change(*view);
  const std::lock_guard lock(view_mutex_);
  view_ = std::move(view);
}

void AdminState::LoadCopy() {
  if (options_.file.empty()) return;
  auto copy = AdminCopy::Read(options_.file);
  if (!copy) return SetAside(copy.error());
  written_ = *copy;
  const auto generation = copy->fields.find(AdminMark::kField);
  if (generation != copy->fields.end()) {
    generation_ = ToInteger(generation->second).value_or(0);
    copy->fields.erase(generation);
  }
  state_ = std::move(*copy);
  Publish();
}

void AdminState::SetAside(const base::Error& error) {
  if (error.kind == ErrorKind::kNotFound) return;
  Complain(error.message);
  if (error.kind != ErrorKind::kInvalid) return;
  std::filesystem::path aside = options_.file;
  aside += ".damaged";
  std::error_code failure;
  std::filesystem::rename(options_.file, aside, failure);
  if (failure) Complain(options_.file.string() + ": " + failure.message());
}

Result<void> AdminState::Refresh() {
  const std::lock_guard refreshing(refresh_mutex_);
  WriteCopy();  // what was decided here is safe before the store is asked
  if (const auto sent = SendChanges(); !sent) return sent;
  const auto unchanged = IsUnchanged();
  if (!unchanged) return tl::unexpected(unchanged.error());
  return *unchanged ? Result<void>() : TakeOver();
}

Result<bool> AdminState::IsUnchanged() {
  if (seen_.empty() || std::chrono::steady_clock::now() - read_at_ >= options_.reread) return false;
  const auto version = store_.Run(scripts::kAdminVersion, {&options_.key, 1}, {}, CallDeadline());
  if (!version) return tl::unexpected(version.error());
  return seen_.front() != 0 && *version == seen_;
}

Result<void> AdminState::TakeOver() {
  const auto now = std::chrono::steady_clock::now();
  auto theirs = store_.GetFields(options_.key, CallDeadline());
  if (!theirs) return tl::unexpected(theirs.error());
  if (const auto fits = CheckSize(*theirs); !fits) return fits;
  const AdminMark mark = MarkOf(*theirs);
  seen_ = {mark.version, mark.generation, std::ssize(*theirs)};
  read_at_ = now;
  theirs->erase(std::string(AdminMark::kField));
  if (mark.generation == 0 || mark.generation != generation_) {
    if (const auto restored = Restore(*theirs, mark); !restored) return restored;
  }
  {
    const std::lock_guard lock(change_mutex_);
    state_.fields = std::move(*theirs);
    Publish();
  }
  WriteCopy();
  return {};
}

Result<void> AdminState::SendChanges() {
  AdminCopy::Changes changes;
  {
    const std::lock_guard lock(change_mutex_);
    changes = state_.unsent;
  }
  if (changes.empty()) return {};
  if (const auto told = Tell(changes, false); !told) return tl::unexpected(told.error());
  NoteSent(changes);
  return {};
}

// Marks the state with the last of the changes, where it shall be marked. Returns the generation.
Result<std::int64_t> AdminState::Tell(const AdminCopy::Changes& changes, bool mark) {
  auto next = changes.begin();
  auto left = std::ssize(changes);
  for (;;) {
    const bool last = left <= kMostInOneCall;
    std::vector<std::string> arguments{mark && last ? NewGeneration() : ""};
    for (auto room = kMostInOneCall; room > 0 && next != changes.end(); --room, ++next, --left) {
      const auto& [field, value] = *next;
      arguments.insert(arguments.end(), {value ? "set" : "lift", field, value.value_or("")});
    }
    const auto told =
        store_.Run(scripts::kAdminChange, {&options_.key, 1}, arguments, CallDeadline());
    if (!told) return tl::unexpected(told.error());
    if (last) return told->empty() ? 0 : told->front();
  }
}

void AdminState::NoteSent(const AdminCopy::Changes& changes) {
  const std::lock_guard lock(change_mutex_);
  for (const auto& [field, value] : changes) {
    const auto waiting = state_.unsent.find(field);
    if (waiting == state_.unsent.end() || waiting->second != value) continue;  // changed again
    state_.unsent.erase(waiting);
    if (value) {
      state_.fields.insert_or_assign(field, *value);
    } else {
      state_.fields.erase(field);
    }
  }
  ++revision_;
}

void AdminState::SetGeneration(std::int64_t generation) {
  generation_ = generation;
  written_revision_.reset();
}

// The store's state is none that grew from what this host knows: it was lost since. Tells the store
// what it has not, adds that to `theirs`, and marks it. A host that knows nothing may have marked
// it before, so a mark alone does not say that all is there.
Result<void> AdminState::Restore(FieldMap& theirs, const AdminMark& mark) {
  const auto ours = [this] {
    const std::lock_guard lock(change_mutex_);
    return state_.fields;
  }();
  AdminCopy::Changes lost;
  for (const auto& [field, value] : ours) {
    if (theirs.emplace(field, value).second) lost.emplace(field, value);
  }
  if (lost.empty() && (mark.generation != 0 || theirs.empty())) {
    SetGeneration(mark.generation);
    return {};
  }
  const auto told = Tell(lost, true);
  if (!told) return tl::unexpected(told.error());
  seen_.clear();
  SetGeneration(*told);
  if (!lost.empty()) {
    Complain("the store had lost " + std::to_string(lost.size()) + " entries of " +
             options_.key.text() + ", which were restored from this host's copy");
  }
  return {};
}

// With refresh_mutex_ held, or after the thread has ended.
void AdminState::WriteCopy() {
  if (options_.file.empty()) return;
  AdminCopy copy;
  std::uint64_t revision = 0;
  {
    const std::lock_guard lock(change_mutex_);
    revision = revision_;
    if (written_revision_ == revision) return;
    copy = state_;
  }
  if (!copy.fields.empty()) {
    copy.fields.emplace(AdminMark::kField, std::to_string(generation_));
  }
  if (written_ == copy || (!written_ && copy == AdminCopy())) {
    written_revision_ = revision;
    return;
  }
  const auto written = copy.Write(options_.file);
  // Tried again at each refresh, told once.
  if (!written && !write_failed_) Complain(written.error().message);
  write_failed_ = !written;
  if (!written) return;
  written_ = std::move(copy);
  written_revision_ = revision;
}

void AdminState::Run() {
  bool failed = false;
  for (;;) {
    const auto refreshed = Refresh();
    // An absent store is told of by the store itself.
    const bool ours = !refreshed && refreshed.error().kind != ErrorKind::kUnavailable &&
                      refreshed.error().kind != ErrorKind::kTimeout;
    if (ours && !failed) Complain(refreshed.error().message);
    failed = ours;
    std::unique_lock lock(change_mutex_);
    const auto pause = refreshed ? options_.refresh : std::min(options_.refresh, options_.retry);
    changed_.wait_for(lock, pause, [this] { return stopping_ || wake_; });
    if (stopping_) return;
    wake_ = false;
  }
}

void AdminState::Complain(const std::string& what) const {
  if (options_.on_trouble) options_.on_trouble(what);
}

}  // namespace gatepost::store
