// How held messages are shown to people. What strangers wrote obeys no terminal.
#include <algorithm>

#include "common/base/strings.h"
#include "common/mail/character_class.h"
#include "common/mail/encoded_word.h"
#include "tools/cli/quarantine.h"

namespace gatepost::cli {
namespace {

using quarantine::HeldMessage;
using quarantine::State;

// With the letters of all scripts, where nothing else is in it.
std::string Shown(std::string_view text) {
  const bool clean = mail::IsCleanText(text) && text.find_first_of("\t\r\n") == text.npos;
  return clean ? std::string(text) : base::Printable(text, HeldMessage::kMostBytes);
}

std::string Decoded(std::string_view header) { return Shown(mail::DecodeEncodedWords(header)); }

std::string SenderOf(const HeldMessage& message) {
  return message.sender.empty() ? "<>" : Shown(message.sender);
}

std::string RecipientsOf(const HeldMessage& message) {
  if (message.recipients.empty()) return "-";
  const std::size_t others = message.recipients.size() - 1 + message.more_recipients;
  const std::string first = Shown(message.recipients.front().address);
  return others == 0 ? first : first + " and " + std::to_string(others) + " more";
}

std::string Ending(const HeldMessage& message) {
  std::string text(Name(message.state));
  if (message.state == State::kHeld) return text;
  text += " " + FormatTime(message.ended_at);
  return message.ended_by.empty() ? text : text + " by " + Shown(message.ended_by);
}

std::string WhoReleases(std::optional<base::WallTime> codes_until) {
  if (!codes_until) return ": administrators alone release it";
  return ": its recipients may release it, too, where a notice gave them a code, until " +
         FormatTime(*codes_until);
}

std::string MoreRow(std::size_t count) { return "and " + std::to_string(count) + " more"; }

void PrintRecipients(const HeldMessage& message, std::ostream& out) {
  out << "Recipients:\n";
  Columns rows;
  for (const auto& recipient : message.recipients) {
    std::vector<std::string> row{Shown(recipient.address)};
    if (!recipient.served_by.empty()) {
      row.push_back("released " + FormatTime(recipient.served_at) + " by " +
                    Shown(recipient.served_by));
    }
    rows.Add(std::move(row));
  }
  if (message.more_recipients > 0) rows.Add({MoreRow(message.more_recipients)});
  rows.Print(out, "  ");
}

void PrintReasons(const HeldMessage& message, std::ostream& out) {
  out << "Held because of:\n";
  Columns rows;
  for (const auto& decision : message.decisions) {
    rows.Add({Shown(decision.rule), decision.path.empty() ? "the message" : Shown(decision.path),
              Shown(decision.evidence)});
  }
  if (message.more_decisions > 0) rows.Add({MoreRow(message.more_decisions)});
  rows.Print(out, "  ");
}

void PrintAttachments(const HeldMessage& message, std::ostream& out) {
  if (message.attachments.empty()) return;
  out << "Attachments:\n";
  Columns rows;
  for (const auto& attachment : message.attachments) {
    rows.Add({Shown(attachment.path), Shown(attachment.type),
              std::to_string(attachment.bytes) + " bytes"});
  }
  if (message.more_attachments > 0) rows.Add({MoreRow(message.more_attachments)});
  rows.Print(out, "  ");
}

}  // namespace

std::vector<std::string> DescribeHeld(const HeldMessage& message) {
  return {message.queue_id,
          message.host,
          FormatTime(message.since),
          std::string(Name(message.hold_class)),
          message.state == State::kHeld ? "held" : Ending(message),
          SenderOf(message),
          RecipientsOf(message),
          message.decisions.empty() ? "-" : Shown(message.decisions.front().rule),
          Decoded(message.subject)};
}

void PrintHeld(const HeldMessage& message, std::optional<base::WallTime> codes_until,
               std::ostream& out) {
  Columns facts;
  facts.Add({"Queue id", message.queue_id + " on " + message.host});
  facts.Add({"Held since", FormatTime(message.since)});
  facts.Add({"State", Ending(message)});
  facts.Add({"Class", std::string(Name(message.hold_class)) + WhoReleases(codes_until)});
  facts.Add({"Direction", std::string(Name(message.direction))});
  facts.Add({"Envelope from", SenderOf(message)});
  for (const auto& [name, value] :
       std::initializer_list<std::pair<const char*, const std::string&>>{
           {"User", message.user},
           {"Client", message.client},
           {"From", message.from},
           {"To", message.to},
           {"Cc", message.cc},
           {"Reply-To", message.reply_to},
           {"Subject", message.subject},
           {"Date", message.date},
           {"Message-ID", message.message_id}}) {
    if (!value.empty()) facts.Add({name, Decoded(value)});
  }
  facts.Print(out);
  PrintRecipients(message, out);
  PrintReasons(message, out);
  PrintAttachments(message, out);
}

}  // namespace gatepost::cli
