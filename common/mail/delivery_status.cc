#include "common/mail/delivery_status.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

#include "common/base/base64.h"
#include "common/base/strings.h"
#include "common/mail/mime_entity.h"

namespace gatepost::mail {
namespace {

using base::ErrorKind;
using base::Fail;
using base::Result;

constexpr std::size_t kMaxParts = 10;  // for people, the status, the returned message; and more

std::string Cut(std::string text) {
  text.resize(std::min(text.size(), kMaxStatusValueBytes));
  return text;
}

// What stands behind "type;" (RFC 3464 section 2.1.2), all where there is none.
std::string WithoutType(std::string_view value) {
  const auto parts = base::SplitOnce(value, ';');
  return Cut(std::string(base::Trim(parts ? parts->second : value)));
}

void AppendUtf8(std::uint32_t point, std::string& out) {
  const auto tail = [&](unsigned shift) {
    out += static_cast<char>(0x80U | ((point >> shift) & 0x3fU));
  };
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xc0U | (point >> 6));
    tail(0);
  } else if (point < 0x10000) {
    out += static_cast<char>(0xe0U | (point >> 12));
    tail(6), tail(0);
  } else {
    out += static_cast<char>(0xf0U | (point >> 18));
    tail(12), tail(6), tail(0);
  }
}

// The code point of "\x{HEX}" at the start of `text`, taken off it.
std::optional<std::uint32_t> TakeEmbedded(std::string_view& text) {
  if (!text.starts_with("\\x{")) return std::nullopt;
  const std::size_t close = text.substr(0, 10).find('}');
  if (close == std::string_view::npos) return std::nullopt;
  std::uint32_t point = 0;
  const auto [end, error] = std::from_chars(text.data() + 3, text.data() + close, point, 16);
  const bool surrogate = point >= 0xd800 && point < 0xe000;
  if (error != std::errc() || end != text.data() + close || point == 0 || point > 0x10ffff ||
      surrogate) {
    return std::nullopt;
  }
  text.remove_prefix(close + 1);
  return point;
}

// utf-8-addr-xtext and -unitext (RFC 6533 section 3) as plain UTF-8.
std::string DecodeUtf8Address(std::string_view text) {
  std::string decoded;
  while (!text.empty()) {
    if (const auto point = TakeEmbedded(text)) {
      AppendUtf8(*point, decoded);
    } else {
      decoded += text.front();
      text.remove_prefix(1);
    }
  }
  return decoded;
}

std::string ReadAddress(std::string_view value) {
  std::string address = WithoutType(value);
  if (base::StartsWithIgnoreCase(value, "utf-8")) address = DecodeUtf8Address(address);
  if (address.starts_with('<') && address.ends_with('>')) {
    address = address.substr(1, address.size() - 2);
  }
  return address;
}

bool AllDigits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, base::IsAsciiDigit);
}

// class.subject.detail of RFC 3463 section 2; some servers append a comment.
std::string ReadStatus(std::string_view value) {
  value = value.substr(0, value.find_first_of(" \t("));
  const auto parts = base::Split(value.substr(0, 12), '.');
  const bool good = value.size() <= 11 && parts.size() == 3 && parts[0].size() == 1 &&
                    std::ranges::all_of(parts, AllDigits);
  return good ? std::string(value) : "";
}

void ReadField(const EntityField& field, RecipientStatus& recipient) {
  const auto is = [&](std::string_view name) { return base::EqualsIgnoreCase(field.name, name); };
  if (is("Original-Recipient")) {
    recipient.original_recipient = ReadAddress(field.value);
  } else if (is("Final-Recipient")) {
    recipient.final_recipient = ReadAddress(field.value);
  } else if (is("Action")) {
    const std::string_view value = field.value;
    recipient.action = Cut(base::ToLower(value.substr(0, value.find_first_of(" \t("))));
  } else if (is("Status")) {
    recipient.status = ReadStatus(field.value);
  } else if (is("Diagnostic-Code")) {
    recipient.diagnostic = WithoutType(field.value);
  }
}

bool IsRecipient(const RecipientStatus& group) {
  return !group.final_recipient.empty() || !group.original_recipient.empty() ||
         !group.action.empty();
}

// Groups of fields between empty lines; the one about the whole message names no recipient.
std::vector<RecipientStatus> ReadGroups(std::string_view text) {
  std::vector<RecipientStatus> recipients;
  while (!text.empty() && recipients.size() < kMaxStatusRecipients) {
    const Entity group = SplitEntity(text);
    text = group.body;
    RecipientStatus recipient;
    for (std::string_view fields = group.header; !fields.empty();) {
      ReadField(TakeField(fields), recipient);
    }
    if (IsRecipient(recipient)) recipients.push_back(std::move(recipient));
  }
  return recipients;
}

bool IsStatusType(std::string_view type) {
  return type == "message/delivery-status" || type == "message/global-delivery-status";
}

// A returned message, or its header alone: the Message-ID is in its first lines either way.
bool IsReturnedType(std::string_view type) {
  return type == "message/rfc822" || type == "message/global" || type == "text/rfc822-headers" ||
         type == "message/global-headers";
}

// RFC 6533 section 4 lets the internationalized types be encoded.
Result<std::string> DecodeBody(const Entity& part) {
  const std::string encoding = base::ToLower(FindField(part.header, "Content-Transfer-Encoding"));
  if (encoding == "base64") return base::DecodeBase64(part.body);
  return std::string(part.body);
}

std::string ReadMessageId(std::string_view message) {
  const std::string id = FindField(SplitEntity(message).header, "Message-ID");
  const std::size_t open = id.find('<');
  const std::size_t close = id.find('>', open == std::string::npos ? 0 : open);
  if (open == std::string::npos || close == std::string::npos) return "";
  return Cut(id.substr(open + 1, close - open - 1));
}

// Takes what the part says into `result`, the first of its kind.
Result<void> ReadPart(std::string_view text, DeliveryStatus& result) {
  const Entity part = SplitEntity(text);
  const std::string type = ParseContentType(FindField(part.header, "Content-Type")).type;
  const bool status = IsStatusType(type) && result.recipients.empty();
  if (!status && !IsReturnedType(type)) return {};
  const auto body = DecodeBody(part);
  if (!body) return tl::unexpected(body.error());
  if (status) result.recipients = ReadGroups(*body);
  if (!status && result.original_message_id.empty()) {
    result.original_message_id = ReadMessageId(*body);
  }
  return {};
}

}  // namespace

Result<DeliveryStatus> ParseDeliveryStatus(std::string_view message) {
  const Entity entity = SplitEntity(message);
  const ContentType type = ParseContentType(FindField(entity.header, "Content-Type"));
  const std::string report = base::ToLower(type.Parameter("report-type"));
  if (type.type != "multipart/report" ||
      (report != "delivery-status" && report != "global-delivery-status")) {
    return Fail(ErrorKind::kInvalid, "not a delivery status notification");
  }
  DeliveryStatus result;
  for (const auto part : SplitParts(entity.body, type.Parameter("boundary"), kMaxParts)) {
    if (const auto read = ReadPart(part, result); !read) return tl::unexpected(read.error());
  }
  if (result.recipients.empty()) {
    return Fail(ErrorKind::kInvalid, "a delivery status notification without a recipient");
  }
  return result;
}

}  // namespace gatepost::mail
