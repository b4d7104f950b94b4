#include "milters/attachments/replacement.h"

#include <algorithm>
#include <array>
#include <utility>

namespace gatepost::attachments {
namespace {

using Texts = std::vector<std::string_view>;

constexpr std::size_t kChunk = 64 * 1024;
constexpr std::uint64_t kMostHeader = 64 * 1024;  // of a part; nothing stays of what is behind

void AddOnce(Texts& texts, std::string_view text) {
  if (std::ranges::find(texts, text) == texts.end()) texts.push_back(text);
}

std::string Joined(const Texts& texts) {
  std::string joined;
  for (const auto text : texts) {
    if (joined.size() + text.size() > ReplacementPlan::kMostText && !joined.empty()) break;
    joined.append(joined.empty() ? "" : "\n\n").append(text.substr(0, ReplacementPlan::kMostText));
  }
  return joined;
}

// The body that is, and where the new one goes.
class Copier {
 public:
  Copier(const SpoolFile& body, const ReplacementPlan::Writer& write)
      : body_(body), write_(write) {}

  bool Copy(std::uint64_t from, std::uint64_t to);
  bool Put(const mime::Extent& extent, std::string_view text);

 private:
  bool EndsLineAt(std::uint64_t at) const;
  std::string Read(std::uint64_t from, std::uint64_t size) const;
  bool Write(std::string_view text) { return write_(std::as_bytes(std::span(text))); }

  const SpoolFile& body_;
  const ReplacementPlan::Writer& write_;
  std::vector<std::byte> chunk_;
};

bool Copier::Copy(std::uint64_t from, std::uint64_t to) {
  chunk_.resize(kChunk);
  while (from < to) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(kChunk, to - from));
    const auto piece = std::span(chunk_).first(size);
    if (body_.ReadAt(from, piece) != size || !write_(piece)) return false;
    from += size;
  }
  return true;
}

bool Copier::EndsLineAt(std::uint64_t at) const {
  std::array<std::byte, 1> byte;
  return body_.ReadAt(at, byte) == 1 && (byte[0] == std::byte{'\r'} || byte[0] == std::byte{'\n'});
}

std::string Copier::Read(std::uint64_t from, std::uint64_t size) const {
  std::string text(static_cast<std::size_t>(size), '\0');
  text.resize(body_.ReadAt(from, std::as_writable_bytes(std::span(text))));
  return text;
}

// In lines of its own, although the part may have been in none: where the message was cut off.
bool Copier::Put(const mime::Extent& extent, std::string_view text) {
  const std::string header =
      Read(extent.header, std::min(kMostHeader, extent.content - extent.header));
  std::string part = PartWithText(text, header);
  if (extent.header > 0 && !EndsLineAt(extent.header - 1)) part.insert(0, "\r\n");
  if (!EndsLineAt(extent.end)) part += "\r\n";
  return Write(part);
}

}  // namespace

void ReplacementPlan::Take(const mime::Part& part) {
  if (part.extent && !part.path.empty()) extents_.emplace(part.path, *part.extent);
}

// What does not stand in the body by itself is known by the part around it.
void ReplacementPlan::Replace(std::string_view path, std::string_view text) {
  auto& texts = wanted_[std::string(path.substr(0, path.find_first_of("~!")))];
  std::size_t size = text.size();
  for (const auto& other : texts) size += other.size();
  if (!texts.empty() && size > kMostText) return;
  if (std::ranges::find(texts, text) == texts.end()) texts.emplace_back(text.substr(0, kMostText));
}

std::string ReplacementPlan::Goes(std::string_view path) const {
  path = path.substr(0, path.find_first_of("~!"));
  while (!path.empty() && !extents_.contains(path)) {
    const auto dot = path.rfind('.');
    path = path.substr(0, dot == path.npos ? 0 : dot);
  }
  return std::string(path);
}

bool ReplacementPlan::replaces_all() const {
  return std::ranges::any_of(wanted_, [&](const auto& one) { return Goes(one.first).empty(); });
}

std::string ReplacementPlan::WholeText() const {
  Texts all;
  for (const auto& [path, texts] : wanted_) {
    for (const auto& text : texts) AddOnce(all, text);
  }
  return Joined(all);
}

std::vector<FieldChange> ReplacementPlan::HeaderChanges(
    const std::vector<mail::HeaderField>& fields) const {
  if (!replaces_all()) return {};
  return ChangesForText(fields, EncodeText(WholeText()).encoding);
}

// In the order of the body; extents lie apart or within each other.
std::vector<ReplacementPlan::Exchange> ReplacementPlan::Exchanges() const {
  std::vector<Exchange> all;
  for (const auto& [path, texts] : wanted_) {
    all.push_back({extents_.find(Goes(path))->second, {texts.begin(), texts.end()}});
  }
  std::ranges::stable_sort(
      all, {}, [](const Exchange& one) { return std::pair(one.extent.header, ~one.extent.end); });
  std::vector<Exchange> outer;
  for (auto& one : all) {
    const bool within = !outer.empty() && one.extent.end <= outer.back().extent.end;
    if (!within) {
      outer.push_back(std::move(one));
    } else {
      for (const auto text : one.texts) AddOnce(outer.back().texts, text);
    }
  }
  return outer;
}

bool ReplacementPlan::Write(const SpoolFile& body, const Writer& write) const {
  if (replaces_all()) {
    const std::string text = EncodeText(WholeText()).body + "\r\n";
    return write(std::as_bytes(std::span(text)));
  }
  Copier copier(body, write);
  std::uint64_t at = 0;
  for (const Exchange& exchange : Exchanges()) {
    if (!copier.Copy(at, exchange.extent.header)) return false;
    if (!copier.Put(exchange.extent, Joined(exchange.texts))) return false;
    at = exchange.extent.end;
  }
  return body.good() && copier.Copy(at, body.size());
}

}  // namespace gatepost::attachments
