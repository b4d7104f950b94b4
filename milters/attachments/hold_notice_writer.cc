#include "milters/attachments/hold_notice_writer.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <string_view>
#include <utility>

#include "common/base/strings.h"
#include "common/mail/character_class.h"
#include "common/mail/encoded_word.h"
#include "milters/attachments/hold_notice_texts.h"

namespace gatepost::attachments {
namespace {

using quarantine::HeldMessage;
using About = HoldNoticeOptions::About;

constexpr std::size_t kMostShown = 100;
constexpr std::size_t kMostAttachments = 5;

std::string Or(const std::string& value, const std::string& otherwise) {
  return value.empty() ? otherwise : value;
}

// No mail program makes a link of it.
std::string WithoutLinks(std::string text) {
  for (const std::string_view link : {"://", "www.", "WWW."}) {
    for (std::size_t at = text.find(link); at != std::string::npos; at = text.find(link, at + 2)) {
      text.insert(at + (link == "://" ? 0 : link.size() - 1), " ");
    }
  }
  return text;
}

// The first characters of what a stranger wrote, in its own letters where nothing else is in it.
std::string Shown(std::string_view text) {
  std::string shown(text.substr(0, kMostShown));
  // Half a character at the end is not clean.
  for (int i = 0; i < 4 && shown.size() < text.size() && !mail::IsCleanText(shown); ++i) {
    shown.pop_back();
  }
  if (!mail::IsCleanText(shown) || shown.find_first_of("\t\r\n") != std::string::npos) {
    shown = base::Printable(shown, kMostShown);
  }
  if (shown.size() < text.size()) shown += "...";
  return WithoutLinks(std::move(shown));
}

std::string AttachmentsOf(const HeldMessage& message) {
  std::string names;
  std::size_t named = 0;
  for (const auto& attachment : message.attachments) {
    if (named == kMostAttachments) break;
    names += (named++ == 0 ? "" : ", ") + Shown(attachment.path);
  }
  const std::size_t others = message.attachments.size() - named + message.more_attachments;
  return others == 0 ? names : names + " (+" + std::to_string(others) + ")";
}

std::string Date(base::WallTime at) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(at);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M UTC", &parts)};
}

}  // namespace

HoldNoticeWriter::HoldNoticeWriter(HoldNoticeOptions options, const std::string& hostname)
    : options_(std::move(options)),
      from_(Or(options_.from, "postmaster@" + hostname)),
      contact_(Or(options_.contact, from_)),
      templates_(notices::Templates::Load(kHoldNoticeCatalogue, options_.templates)),
      readers_(notices::Readers::Load(options_.languages, templates_)) {}

std::vector<std::string> HoldNoticeWriter::ReadersOf(const HeldMessage& message,
                                                     bool automatic) const {
  std::vector<std::string> readers;
  const bool dangerous = message.hold_class == quarantine::HoldClass::kDangerous;
  const bool wanted =
      options_.about == About::kAll || (options_.about == About::kPolicy && !dangerous);
  const bool bounce = message.sender.empty() || automatic;
  if (!wanted || bounce || message.direction != quarantine::Direction::kIn) return readers;
  for (const auto& recipient : message.recipients) {
    const bool again = std::ranges::count(readers, recipient.address) != 0;
    if (submit::IsPlainAddress(recipient.address) && !again) readers.push_back(recipient.address);
  }
  return readers;
}

submit::Notice HoldNoticeWriter::Write(const HeldMessage& message, const std::string& recipient,
                                       const std::string& code, base::WallTime until) const {
  const auto name = code.empty() ? HoldNoticeText::kHeldWithoutCode : HoldNoticeText::kHeld;
  auto filled = templates_.Fill(static_cast<std::size_t>(name), readers_.LanguageOf(recipient),
                                {{"account", recipient},
                                 {"contact", contact_},
                                 {"sender", Shown(mail::DecodeEncodedWords(message.from))},
                                 {"subject", Shown(mail::DecodeEncodedWords(message.subject))},
                                 {"attachments", AttachmentsOf(message)},
                                 {"code", code},
                                 {"until", Date(until)}});
  return {"", from_, recipient, std::move(filled.subject), std::move(filled.text)};
}

}  // namespace gatepost::attachments
