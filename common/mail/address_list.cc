// ParseAddressList: one pass over the value, without recursion.
#include <optional>
#include <string>
#include <string_view>

#include "common/mail/address.h"
#include "common/mail/disguise.h"
#include "common/mail/lexer.h"

namespace gatepost::mail {
namespace {

// A run of words and dots: a display name or a local part, as what follows it shows.
struct Words {
  enum class Kind { kNothing, kWord, kDot };

  std::string text;       // the words' content and the dots, without what stands between them
  bool alternate = true;  // word *("." word): may be a local part
  Kind first = Kind::kNothing;
  Kind last = Kind::kDot;

  bool IsLocalPart() const { return alternate && last == Kind::kWord; }
  bool IsEmpty() const { return first == Kind::kNothing; }
  bool IsPhrase() const { return first == Kind::kWord; }
  void Add(Kind kind) {
    if (IsEmpty()) first = kind;
    if (kind == last) alternate = false;
    last = kind;
  }
};

class AddressListParser {
 public:
  explicit AddressListParser(std::string_view value) : value_(value), lexer_(value) {}

  base::Result<AddressList> Parse() {
    if (value_.size() > kMaxAddressListBytes)
      return base::Fail(base::ErrorKind::kLimit, "list too long");
    if (!IsCleanText(value_)) {
      return base::Fail(base::ErrorKind::kInvalid, "controls, bare line ends or broken UTF-8");
    }
    if (!ReadList()) return tl::unexpected(std::move(error_));
    return std::move(list_);
  }

 private:
  bool ReadList();
  bool ReadElements(bool in_group);
  bool ReadElement(bool in_group);
  bool ReadGroup(std::string_view shown);
  bool ReadAngleAddress(std::string_view shown);
  bool SkipRoute();
  bool ReadWords(Words& words);
  bool CheckLocalPart(const Words& words);
  bool ReadMailbox(Words& words);
  std::optional<Domain> ReadDomain();
  bool GoesOn(std::string_view domain) const;
  // `shown` is what stands before the last mailbox's angle bracket.
  bool NoteDisguise(std::string_view shown);

  bool SkipCfws() { return lexer_.SkipCfws() || Stop(lexer_.error()); }
  bool Stop(base::Error error) {
    error_ = std::move(error);
    return false;
  }
  bool Invalid(const char* message) { return Stop({base::ErrorKind::kInvalid, message}); }

  std::string_view value_;
  Lexer lexer_;
  AddressList list_;
  std::size_t hops_ = 0;  // of all source routes
  base::Error error_;
};

bool AddressListParser::ReadList() {
  if (!ReadElements(/*in_group=*/false)) return false;
  if (!lexer_.AtEnd()) return Invalid("text after an address");
  NoteDisguise({});
  const bool nothing = list_.mailboxes.empty() && !list_.has_group;
  return !nothing || value_.find(',') == std::string_view::npos || Invalid("commas alone");
}

// Elements between commas, empty ones included (obs-addr-list, obs-mbox-list, obs-group-list).
bool AddressListParser::ReadElements(bool in_group) {
  do {
    if (!ReadElement(in_group)) return false;
  } while (lexer_.Consume(','));
  return true;
}

bool AddressListParser::ReadElement(bool in_group) {
  const std::size_t begin = lexer_.position();
  if (!SkipCfws()) return false;
  if (lexer_.AtEnd() || lexer_.Peek() == ',' || (in_group && lexer_.Peek() == ';')) return true;
  Words words;
  if (!ReadWords(words)) return false;
  const std::string_view shown = lexer_.Since(begin);
  switch (lexer_.Peek()) {
    case '@':
      return ReadMailbox(words) && NoteDisguise({});
    case '<':
      if (words.IsEmpty() || words.IsPhrase()) return ReadAngleAddress(shown);
      return Invalid("a display name that starts with a dot");
    case ':':
      if (!in_group && words.IsPhrase()) return ReadGroup(shown);
      return Invalid("a colon out of place");
    default:
      return Invalid("an address without a domain, or a character out of place");
  }
}

bool AddressListParser::ReadGroup(std::string_view shown) {
  lexer_.Consume(':');
  list_.has_group = true;
  list_.display_name_holds_address |= HoldsAddress(shown);
  if (!ReadElements(/*in_group=*/true)) return false;
  if (!lexer_.Consume(';')) return Invalid("a group that does not end");
  return SkipCfws();
}

bool AddressListParser::ReadAngleAddress(std::string_view shown) {
  lexer_.Consume('<');
  if (!SkipCfws() || !SkipRoute()) return false;
  Words words;
  if (!ReadWords(words) || !ReadMailbox(words)) return false;
  if (!lexer_.Consume('>')) return Invalid("an angle bracket that does not close");
  return SkipCfws() && NoteDisguise(shown);
}

// obs-route of RFC 5322 section 4.4: "@one,,@two:".
bool AddressListParser::SkipRoute() {
  if (lexer_.Peek() != '@' && lexer_.Peek() != ',') return true;
  bool has_hop = false;
  do {
    if (!SkipCfws()) return false;
    if (!lexer_.Consume('@')) continue;
    if (++hops_ > kMaxMailboxes) return Stop({base::ErrorKind::kLimit, "source routes too long"});
    if (!ReadDomain()) return false;
    has_hop = true;
  } while (lexer_.Consume(','));
  if (!has_hop || !lexer_.Consume(':')) return Invalid("a malformed source route");
  return SkipCfws();
}

bool AddressListParser::ReadWords(Words& words) {
  for (;;) {
    if (lexer_.Consume('.')) {
      words.Add(Words::Kind::kDot);
      words.text += '.';
    } else if (lexer_.Peek() == '"') {
      words.Add(Words::Kind::kWord);
      if (!lexer_.AppendQuotedString(words.text)) return Stop(lexer_.error());
    } else if (IsAtext(lexer_.Peek())) {
      words.Add(Words::Kind::kWord);
      words.text += lexer_.Atom();
    } else {
      return true;
    }
    if (!SkipCfws()) return false;
  }
}

// RFC 5321 section 4.1.2 has no tab in a quoted string: such an address could not be mailed.
bool AddressListParser::CheckLocalPart(const Words& words) {
  if (!words.IsLocalPart()) return Invalid("a malformed local part");
  if (words.text.find('\t') != std::string::npos) return Invalid("a tab in a local part");
  if (words.text.size() <= kMaxLocalPartBytes) return true;
  return Stop({base::ErrorKind::kLimit, "local part too long"});
}

bool AddressListParser::ReadMailbox(Words& words) {
  if (!CheckLocalPart(words)) return false;
  if (!lexer_.Consume('@')) return Invalid("no address between angle brackets");
  auto domain = ReadDomain();
  if (!domain) return false;
  if (list_.mailboxes.size() == kMaxMailboxes) {
    return Stop({base::ErrorKind::kLimit, "too many mailboxes"});
  }
  list_.mailboxes.push_back({std::move(words.text), std::move(*domain)});
  return true;
}

// A dot-atom, in the obsolete form with CFWS round its dots.
std::optional<Domain> AddressListParser::ReadDomain() {
  if (!SkipCfws()) return std::nullopt;
  std::string_view name = lexer_.AtomsAndDots();
  if (!SkipCfws()) return std::nullopt;
  std::string joined;
  while (GoesOn(name)) {
    if (joined.empty()) joined = name;
    joined += lexer_.AtomsAndDots();
    if (!SkipCfws()) return std::nullopt;
    name = joined;
  }
  auto domain = name.ends_with('.') ? base::Fail(base::ErrorKind::kInvalid, "a dot after a domain")
                                    : Domain::Parse(name);
  if (domain) return std::move(*domain);
  Stop(domain.error());
  return std::nullopt;
}

bool AddressListParser::GoesOn(std::string_view domain) const {
  return lexer_.Peek() == '.' || (domain.ends_with('.') && IsAtext(lexer_.Peek()));
}

bool AddressListParser::NoteDisguise(std::string_view shown) {
  bool& found = list_.display_name_holds_address;
  const Address* own = list_.mailboxes.empty() ? nullptr : &list_.mailboxes.back();
  found = found || HoldsAddress(shown, own);
  for (std::string_view comment : lexer_.TakeComments())
    found = found || HoldsAddress(comment, own);
  return true;
}

}  // namespace

base::Result<AddressList> ParseAddressList(std::string_view value) {
  return AddressListParser(value).Parse();
}

}  // namespace gatepost::mail
