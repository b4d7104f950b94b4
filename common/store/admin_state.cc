#include "common/store/admin_state.h"

#include <utility>

namespace gatepost::store {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;

constexpr std::string_view kMark = "!";
constexpr std::size_t kMaxTextBytes = 4'096;

Result<void> CheckSize(const FieldMap& fields) {
  std::size_t bytes = 0;
  for (const auto& [name, value] : fields) bytes += name.size() + value.size();
  // Each byte may take three in the copy.
  if (fields.size() <= AdminCopy::kMaxEntries && bytes <= AdminCopy::kMaxBytes / 4) return {};
  return Fail(ErrorKind::kLimit, "the store holds too much administrative state");
}

}  // namespace

AdminState::AdminState(Store& store, Options options)
    : store_(store), options_(std::move(options)), view_(std::make_shared<FieldMap>()) {
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

Result<void> AdminState::Change(const std::string& field, std::optional<std::string> value) {
  if (field == kMark || field.size() + value.value_or("").size() > kMaxTextBytes) {
    return Fail(ErrorKind::kInvalid, "this name is reserved, or it is too long");
  }
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

// With change_mutex_ held.
void AdminState::Publish() {
  auto view = std::make_shared<FieldMap>(state_.fields);
  for (const auto& [field, value] : state_.unsent) {
    if (value) {
      view->insert_or_assign(field, *value);
    } else {
      view->erase(field);
    }
  }
  const std::lock_guard lock(view_mutex_);
  view_ = std::move(view);
}

void AdminState::LoadCopy() {
  if (options_.file.empty()) return;
  auto copy = AdminCopy::Read(options_.file);
  if (!copy) return SetAside(copy.error());
  written_ = *copy;
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
  auto theirs = store_.GetFields(options_.key, CallDeadline());
  if (!theirs) return tl::unexpected(theirs.error());
  if (const auto fits = CheckSize(*theirs); !fits) return fits;
  if (theirs->erase(std::string(kMark)) == 0) {
    if (const auto restored = Restore(*theirs); !restored) return restored;
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
  for (const auto& [field, value] : changes) {
    if (const auto sent = SendOne(field, value); !sent) return sent;
  }
  return {};
}

Result<void> AdminState::SendOne(const std::string& field,
                                 const std::optional<std::string>& value) {
  const auto sent = value ? store_.SetField(options_.key, field, *value, CallDeadline())
                          : store_.EraseField(options_.key, field, CallDeadline());
  if (!sent) return sent;
  const std::lock_guard lock(change_mutex_);
  const auto waiting = state_.unsent.find(field);
  if (waiting == state_.unsent.end() || waiting->second != value) return {};  // changed again
  state_.unsent.erase(waiting);
  if (value) {
    state_.fields.insert_or_assign(field, *value);
  } else {
    state_.fields.erase(field);
  }
  return {};
}

// The mark is missing: tells the store what it has not, adds that to `theirs`, and marks it.
Result<void> AdminState::Restore(FieldMap& theirs) {
  const auto ours = [this] {
    const std::lock_guard lock(change_mutex_);
    return state_.fields;
  }();
  std::size_t restored = 0;
  for (const auto& [field, value] : ours) {
    if (!theirs.emplace(field, value).second) continue;
    const auto sent = store_.SetField(options_.key, field, value, CallDeadline());
    if (!sent) return sent;
    ++restored;
  }
  if (restored > 0) {
    Complain("the store had lost " + std::to_string(restored) + " entries of " +
             options_.key.text() + ", which were restored from this host's copy");
  }
  return store_.SetField(options_.key, kMark, "1", CallDeadline());
}

// With refresh_mutex_ held, or after the thread has ended.
void AdminState::WriteCopy() {
  if (options_.file.empty()) return;
  AdminCopy copy;
  {
    const std::lock_guard lock(change_mutex_);
    copy = state_;
  }
  if (written_ == copy) return;
  if (!written_ && copy == AdminCopy()) return;
  const auto written = copy.Write(options_.file);
  // Tried again at each refresh, told once.
  if (!written && !write_failed_) Complain(written.error().message);
  write_failed_ = !written;
  if (written) written_ = std::move(copy);
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
    changed_.wait_for(lock, options_.refresh, [this] { return stopping_ || wake_; });
    if (stopping_) return;
    wake_ = false;
  }
}

void AdminState::Complain(const std::string& what) const {
  if (options_.on_trouble) options_.on_trouble(what);
}

}  // namespace gatepost::store
