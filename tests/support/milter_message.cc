#include "tests/support/milter_message.h"

#include <algorithm>

#include "common/base/strings.h"

namespace gatepost::support {
namespace {

using base::EqualsIgnoreCase;
using base::ErrorKind;
using base::Fail;

// The next line without its end; LF and CRLF both end it.
std::string_view TakeLine(std::string_view& text) {
  const std::size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

bool IsHeaderStart(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  return std::all_of(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(colon),
                     [](char c) { return c > ' ' && c != 0x7f; });
}

std::string WithCrlf(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 32);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) out.push_back('\r');
    out.push_back(text[i]);
  }
  return out;
}

bool IsContinuation(std::string_view line) {
  return !line.empty() && (line.front() == ' ' || line.front() == '\t');
}

// One header as Postfix stores an edit's: "name:" + value, the value with its own space or with one
// that the server adds.
HeaderLine FromEdit(const Edit& edit, const ApplyOptions& options) {
  return {edit.name, (options.leading_space ? "" : " ") + WithCrlf(edit.value)};
}

class Editing {
 public:
  // Where the test gives no Received of the server's own, a placeholder keeps the counting right.
  Editing(const Message& message, const ApplyOptions& options)
      : options_(options), body_(message.body) {
    entries_.push_back({{"Received", options.own_received}, options.own_received.empty()});
    for (const HeaderLine& header : message.headers) entries_.push_back({header});
  }

  void Do(const Edit& edit) {
    using Kind = Edit::Kind;
    switch (edit.kind) {
      case Kind::kAddHeader:
        entries_.push_back({FromEdit(edit, options_)});
        return;
      case Kind::kInsertHeader:
        return Insert(edit);
      case Kind::kChangeHeader:
      case Kind::kDeleteHeader:
        return Change(edit);
      case Kind::kReplaceBody:
        if (!std::exchange(body_replaced_, true)) body_.clear();
        body_.append(edit.value);
        return;
      default:  // the others change the envelope
        return;
    }
  }

  Message Finish() && {
    Message result;
    for (Entry& entry : entries_) {
      if (!entry.placeholder) result.headers.push_back(std::move(entry.header));
    }
    result.body = std::move(body_);
    return result;
  }

 private:
  struct Entry {
    HeaderLine header;
    bool placeholder = false;
  };

  void Insert(const Edit& edit) {
    const std::size_t position = std::min<std::size_t>(edit.index, entries_.size());
    entries_.insert(entries_.begin() + static_cast<std::ptrdiff_t>(position),
                    {FromEdit(edit, options_)});
  }

  void Change(const Edit& edit) {
    const auto found = Instance(edit.name, edit.index);
    const bool deletes = edit.kind == Edit::Kind::kDeleteHeader;
    if (found != entries_.end()) {
      if (deletes) {
        entries_.erase(found);
      } else {
        *found = {FromEdit(edit, options_)};
      }
    } else if (!deletes) {
      entries_.push_back({FromEdit(edit, options_)});
    }
  }

  std::vector<Entry>::iterator Instance(std::string_view name, std::uint32_t instance) {
    return std::find_if(entries_.begin() + 1, entries_.end(), [&](const Entry& entry) {
      return EqualsIgnoreCase(entry.header.name, name) && instance-- <= 1;
    });
  }

  const ApplyOptions& options_;
  std::vector<Entry> entries_;
  std::string body_;
  bool body_replaced_ = false;
};

base::Result<Edit> ParseIndexed(const Frame& frame) {
  if (frame.payload.size() < 4) return Fail(ErrorKind::kInvalid, "an index has 4 bytes");
  const auto parts = SplitNul(std::string_view(frame.payload).substr(4));
  if (parts.size() != 2 || parts[0].empty()) {
    return Fail(ErrorKind::kInvalid, "a header edit has an index, a name and a value");
  }
  const bool inserts = frame.letter == static_cast<char>(Answer::kInsertHeader);
  const auto change = parts[1].empty() ? Edit::Kind::kDeleteHeader : Edit::Kind::kChangeHeader;
  return Edit{inserts ? Edit::Kind::kInsertHeader : change, ReadUint32(frame.payload),
              std::string(parts[0]), std::string(parts[1])};
}

base::Result<Edit> ParseNamed(const Frame& frame, Edit::Kind kind) {
  const auto parts = SplitNul(frame.payload);
  const bool is_header = kind == Edit::Kind::kAddHeader;
  if (parts.empty() || parts.size() > 2 || (is_header && parts.size() != 2)) {
    return Fail(ErrorKind::kInvalid, "an edit with a wrong number of strings");
  }
  return Edit{kind, 0, std::string(parts[0]), parts.size() > 1 ? std::string(parts[1]) : ""};
}

}  // namespace

Message Message::Parse(std::string_view text) {
  Message message;
  while (!text.empty()) {
    std::string_view rest = text;
    const std::string_view line = TakeLine(rest);
    if (line.empty()) {
      text = rest;
      break;
    }
    if (IsContinuation(line) && !message.headers.empty()) {
      message.headers.back().value.append("\r\n").append(line);
    } else if (IsHeaderStart(line)) {
      const std::size_t colon = line.find(':');
      message.headers.push_back(
          {std::string(line.substr(0, colon)), std::string(line.substr(colon + 1))});
    } else {
      break;
    }
    text = rest;
  }
  message.body = WithCrlf(text);
  return message;
}

std::string Message::Format() const {
  std::string out;
  for (const HeaderLine& header : headers) {
    out.append(header.name).append(":").append(header.value).append("\r\n");
  }
  return out.append("\r\n").append(body);
}

std::string_view Message::Find(std::string_view name, int instance) const {
  for (const HeaderLine& header : headers) {
    if (EqualsIgnoreCase(header.name, name) && --instance == 0) return header.value;
  }
  return {};
}

int Message::Count(std::string_view name) const {
  return static_cast<int>(
      std::count_if(headers.begin(), headers.end(),
                    [&](const HeaderLine& header) { return EqualsIgnoreCase(header.name, name); }));
}

std::string Describe(const Edit& edit) {
  using Kind = Edit::Kind;
  const std::string index = std::to_string(edit.index);
  switch (edit.kind) {
    case Kind::kAddHeader:
      return "add header " + edit.name + ":" + edit.value;
    case Kind::kInsertHeader:
      return "insert header " + index + " " + edit.name + ":" + edit.value;
    case Kind::kChangeHeader:
      return "change header " + index + " " + edit.name + ":" + edit.value;
    case Kind::kDeleteHeader:
      return "delete header " + index + " " + edit.name;
    case Kind::kReplaceBody:
      return "replace body (" + std::to_string(edit.value.size()) + " bytes)";
    case Kind::kQuarantine:
      return "quarantine: " + edit.value;
    case Kind::kAddRecipient:
      return "add recipient " + edit.name;
    case Kind::kDeleteRecipient:
      return "delete recipient " + edit.name;
    case Kind::kChangeFrom:
      return "change sender to " + edit.name;
  }
  return "unknown edit";
}

bool IsEdit(char letter) {
  return letter != 0 && std::string_view("+-2behimq").find(letter) != std::string_view::npos;
}

base::Result<Edit> ParseEdit(const Frame& frame) {
  using Kind = Edit::Kind;
  switch (static_cast<Answer>(frame.letter)) {
    case Answer::kInsertHeader:
    case Answer::kChangeHeader:
      return ParseIndexed(frame);
    case Answer::kAddHeader:
      return ParseNamed(frame, Kind::kAddHeader);
    case Answer::kAddRecipient:
    case Answer::kAddRecipientWithParameters:
      return ParseNamed(frame, Kind::kAddRecipient);
    case Answer::kDeleteRecipient:
      return ParseNamed(frame, Kind::kDeleteRecipient);
    case Answer::kChangeFrom:
      return ParseNamed(frame, Kind::kChangeFrom);
    case Answer::kReplaceBody:
      return Edit{Kind::kReplaceBody, 0, "", frame.payload};
    case Answer::kQuarantine:
      return Edit{Kind::kQuarantine, 0, "", frame.payload.substr(0, frame.payload.find('\0'))};
    default:
      return Fail(ErrorKind::kInvalid, "not an edit");
  }
}

Message Apply(const Message& message, const std::vector<Edit>& edits, const ApplyOptions& options) {
  Editing editing(message, options);
  for (const Edit& edit : edits) editing.Do(edit);
  return std::move(editing).Finish();
}

}  // namespace gatepost::support
