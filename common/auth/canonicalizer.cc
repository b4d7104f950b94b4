#include "common/auth/canonicalizer.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string_view>

#include "common/auth/crypto.h"

namespace gatepost::auth {
namespace {

constexpr std::string_view kCrlf = "\r\n";

constexpr bool IsWsp(char c) { return c == ' ' || c == '\t'; }

// The length of the line end at `at` ("\n" or "\r\n"), 0 where there is none.
std::size_t LineEndAt(std::string_view text, std::size_t at) {
  if (text[at] == '\n') return 1;
  return text.substr(at, 2) == kCrlf ? 2 : 0;
}

// The value with "\r\n" wherever a line ends (RFC 6376 3.4.1).
void AppendSimpleValue(std::string_view value, std::string& out) {
  for (std::size_t i = 0; i < value.size();) {
    const std::size_t end = std::min(value.find('\n', i), value.size());
    out.append(value, i, end - i);
    if (end < value.size()) out.append(end > 0 && value[end - 1] == '\r' ? "\n" : "\r\n");
    i = end + 1;
  }
}

// Runs of white space, folds included, become one space, and none at either end (RFC 6376 3.4.2).
// Unfolding takes the line end away; every fold that travels has white space after it.
void AppendRelaxedValue(std::string_view value, std::string& out) {
  bool space = false;
  const std::size_t start = out.size();
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (const std::size_t line_end = LineEndAt(value, i)) {
      i += line_end - 1;
    } else if (IsWsp(value[i])) {
      space = true;
    } else {
      if (space && out.size() > start) out += ' ';
      space = false;
      out += value[i];
    }
  }
}

void AppendRelaxedName(std::string_view name, std::string& out) {
  while (!name.empty() && IsWsp(name.back())) name.remove_suffix(1);
  std::ranges::transform(name, std::back_inserter(out), base::AsciiLower);
}

// Eight octets at a time: the high bit of each octet of `word` that equals `octet`, exactly.
constexpr std::uint64_t kOnes = 0x0101010101010101;
constexpr std::uint64_t kHighBits = 0x8080808080808080;
constexpr std::uint64_t EqualOctets(std::uint64_t word, char octet) {
  const std::uint64_t x = word ^ (kOnes * static_cast<unsigned char>(octet));
  return ~(((x & ~kHighBits) + ~kHighBits) | x | ~kHighBits);
}

std::uint64_t Load(const char* at) {
  std::uint64_t word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

// Whether relaxed may have to change something at `i`: a tab, or a space before white space or CR.
bool NeedsCare(std::string_view text, std::size_t i) {
  if (text[i] != ' ') return text[i] == '\t';
  return i + 1 == text.size() || IsWsp(text[i + 1]) || text[i + 1] == '\r';
}

// The first position at or after `from` that needs care, or the end. Most mail has few, so this is
// where the time of a relaxed body goes.
std::size_t FindCare(std::string_view text) {
  std::size_t i = 0;
  for (; i + sizeof(std::uint64_t) < text.size(); i += sizeof(std::uint64_t)) {
    const std::uint64_t here = Load(text.data() + i);
    const std::uint64_t next = Load(text.data() + i + 1);
    const std::uint64_t spaces = EqualOctets(here, ' ');
    // A space before a tab needs no look of its own: it stands at the end of the plain prefix.
    if (EqualOctets(here, '\t') != 0) break;
    if ((spaces & (EqualOctets(next, ' ') | EqualOctets(next, '\r'))) != 0) break;
  }
  while (i < text.size() && !NeedsCare(text, i)) ++i;
  return i;
}

// Where canonical octets go: counted, cut at the limit, and hashed in large pieces.
class CanonicalSink {
 public:
  explicit CanonicalSink(std::optional<std::uint64_t> limit) : limit_(limit) {}

  void Write(std::string_view text) {
    const std::uint64_t before = written_;
    written_ += text.size();
    if (limit_) text = text.substr(0, std::min<std::uint64_t>(text.size(), Left(before)));
    if (text.size() > buffer_.size() - used_) Flush();
    if (text.size() > buffer_.size() / 2) {
      Flush();
      return hash_.Update(text);
    }
    std::memcpy(buffer_.data() + used_, text.data(), text.size());
    used_ += text.size();
  }

  Sha256Digest Finish() {
    Flush();
    return hash_.Finish();
  }

  std::uint64_t written() const { return written_; }

 private:
  std::uint64_t Left(std::uint64_t before) const { return before < *limit_ ? *limit_ - before : 0; }

  void Flush() {
    if (used_ > 0) hash_.Update(std::string_view(buffer_.data(), used_));
    used_ = 0;
  }

  Sha256 hash_;
  std::optional<std::uint64_t> limit_;
  std::uint64_t written_ = 0;
  std::size_t used_ = 0;
  std::array<char, 1024> buffer_;
};

}  // namespace

void CanonicalizeHeader(Canonicalization method, const mail::HeaderField& field, std::string& out) {
  if (method == Canonicalization::kSimple) {
    out += field.name;
    out += ':';
    AppendSimpleValue(field.value, out);
  } else {
    AppendRelaxedName(field.name, out);
    out += ':';
    AppendRelaxedValue(field.value, out);
  }
  out += kCrlf;
}

// What cannot be written yet is held back: line ends that may prove to be the body's empty end,
// white space that may prove to be the end of a line, a CR that may prove to be half a line end.
// While nothing is held back, octets that stand for themselves pass in one piece.
class BodyHasher::Impl {
 public:
  Impl(Canonicalization method, std::optional<std::uint64_t> limit)
      : relaxed_(method == Canonicalization::kRelaxed), sink_(limit) {}

  void Update(std::string_view chunk) {
    while (!chunk.empty()) {
      if (HoldsNothing()) {
        const std::size_t plain = PlainPrefix(chunk);
        sink_.Write(chunk.substr(0, plain));
        chunk.remove_prefix(plain);
        if (chunk.empty()) return;
      }
      Step(chunk.front());
      chunk.remove_prefix(1);
    }
  }

  Sha256Digest Finish() {
    if (cr_) {
      cr_ = false;
      WriteContent('\r');
    }
    // RFC 6376 3.4.3 and 3.4.4: what is not empty ends in one CRLF; an empty body is one CRLF in
    // simple, nothing in relaxed.
    if (!relaxed_ || sink_.written() > 0) sink_.Write(kCrlf);
    return sink_.Finish();
  }

  std::uint64_t canonical_bytes() const { return sink_.written(); }

 private:
  bool HoldsNothing() const { return line_ends_ == 0 && !space_ && !cr_; }

  // How many octets at the front may be written as they stand with nothing held back after them.
  // All that it leaves is held back until content comes, so no octet is looked at thrice.
  std::size_t PlainPrefix(std::string_view chunk) const {
    std::string_view plain = relaxed_ ? chunk.substr(0, FindCare(chunk)) : chunk;
    if (plain.ends_with('\r')) plain.remove_suffix(1);
    for (;;) {
      if (plain.ends_with(kCrlf)) {
        plain.remove_suffix(kCrlf.size());
      } else if (relaxed_ && !plain.empty() && IsWsp(plain.back())) {
        plain.remove_suffix(1);
      } else {
        return plain.size();
      }
    }
  }

  void Step(char c) {
    if (cr_) {
      cr_ = false;
      if (c == '\n') return EndLine();
      WriteContent('\r');
    }
    if (c == '\r') {
      cr_ = true;
    } else if (relaxed_ && IsWsp(c)) {
      space_ = true;
    } else {
      WriteContent(c);
    }
  }

  void EndLine() {
    space_ = false;
    ++line_ends_;
  }

  void WriteContent(char c) {
    for (; line_ends_ > 0; --line_ends_) sink_.Write(kCrlf);
    if (space_) sink_.Write(" ");
    space_ = false;
    sink_.Write(std::string_view(&c, 1));
  }

  bool relaxed_;
  bool space_ = false;
  bool cr_ = false;
  std::uint64_t line_ends_ = 0;
  CanonicalSink sink_;
};

BodyHasher::BodyHasher(Canonicalization method, std::optional<std::uint64_t> limit)
    : impl_(std::make_unique<Impl>(method, limit)) {}
BodyHasher::~BodyHasher() = default;
BodyHasher::BodyHasher(BodyHasher&&) noexcept = default;
BodyHasher& BodyHasher::operator=(BodyHasher&&) noexcept = default;

void BodyHasher::Update(std::span<const std::byte> chunk) {
  impl_->Update({reinterpret_cast<const char*>(chunk.data()), chunk.size()});
}
Sha256Digest BodyHasher::Finish() { return impl_->Finish(); }
std::uint64_t BodyHasher::canonical_bytes() const { return impl_->canonical_bytes(); }

}  // namespace gatepost::auth
