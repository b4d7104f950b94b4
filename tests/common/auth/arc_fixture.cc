#include "tests/common/auth/arc_fixture.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <stdexcept>

#include "common/auth/arc_fields.h"
#include "common/auth/arc_seal_hash.h"
#include "common/auth/signed_fields.h"
#include "common/base/base64.h"
#include "common/base/strings.h"
#include "common/mail/tag_list.h"
#include "tests/support/temp_folder.h"

namespace gatepost::auth::testing {
namespace {

// Runs a script of tests/support with one argument; what it prints.
std::string RunScript(std::string_view name, const std::filesystem::path& argument) {
  const std::string command = "/usr/bin/python3 " GATEPOST_SOURCE_DIR "/tests/support/" +
                              std::string(name) + " '" + argument.string() + "'";
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(popen(command.c_str(), "r"), &pclose);
  if (!pipe) throw std::runtime_error("no shell");
  std::string output;
  std::array<char, 4096> buffer;
  while (const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), pipe.get())) {
    output.append(buffer.data(), size);
  }
  return output;
}

Records ParseRecords(std::string_view text) {
  Records records;
  while (!text.empty()) {
    const std::size_t space = text.find(' ');
    const std::size_t line_end = text.find('\n');
    std::size_t size = 0;
    std::from_chars(text.data() + space + 1, text.data() + line_end, size);
    records.emplace_back(text.substr(0, space), text.substr(line_end + 1, size));
    text.remove_prefix(line_end + 1 + size + 1);
  }
  return records;
}

void AppendSignature(mail::HeaderField& field, const Sha256Digest& digest, const PrivateKey& key) {
  const std::string signature = key.Sign(digest).value();
  field.value += base::EncodeBase64(std::as_bytes(std::span(signature)));
}

// What h= says, for signatures that the strict reader may refuse.
std::vector<std::string> NamesIn(std::string_view tags) {
  std::vector<std::string> names;
  const auto list = mail::TagList::Parse(tags, {1 << 20, 1000});
  for (const auto name : base::Split(list ? list->Find("h").value_or("") : "", ':')) {
    names.emplace_back(base::Trim(name));
  }
  return names;
}

}  // namespace

SealRequest SealRequestWith(std::shared_ptr<const PrivateKey> key, std::string domain,
                            std::string selector) {
  return {.domain = std::move(domain),
          .selector = std::move(selector),
          .key = std::move(key),
          .signed_names = {"From", "To", "Cc", "Subject", "Date", "Message-ID"}};
}

ArcOutcome ClaimedOutcome(ArcResult result) {
  ArcOutcome outcome;
  outcome.result = result;
  return outcome;
}

base::Result<ArcSeal> SealOf(const Message& message, const SealRequest& request,
                             const ArcOutcome& chain, std::string_view results) {
  const base::ManualClock clock;
  ArcSealer sealer(request, clock);
  sealer.OnBody(std::as_bytes(std::span(message.body)));
  return sealer.Seal(message.fields, chain, results);
}

Message Sealed(Message message, const SealRequest& request) {
  const bool is_first = message.fields.empty() || !message.fields.front().Is("ARC-Seal");
  const auto seal =
      SealOf(message, request, ClaimedOutcome(is_first ? ArcResult::kNone : ArcResult::kPass));
  if (!seal) throw std::invalid_argument(seal.error().message);
  for (const auto& field : {seal->authentication_results, seal->message_signature, seal->seal}) {
    message.fields.insert(message.fields.begin(), field);
  }
  return message;
}

Message SealedTimes(Message message, unsigned count) {
  for (; count > 0; --count) message = Sealed(std::move(message), SealRequestWith(RsaKey()));
  return message;
}

Message SealedByHand(Message message, const HandMadeSet& set, const PrivateKey& key) {
  BodyHasher hasher(Canonicalization::kRelaxed);
  hasher.Update(std::as_bytes(std::span(message.body)));
  std::string tags = set.signature;
  if (const std::size_t mark = tags.find("bh=?"); mark != std::string::npos) {
    tags.replace(mark, 4, "bh=" + base::EncodeBase64(hasher.Finish()));
  }
  mail::HeaderField signature{"ARC-Message-Signature", " " + tags + ";\n\tb="};
  const FieldIndex index(message.fields);
  const auto selected = index.Select(NamesIn(tags));
  const auto relaxed = Canonicalization::kRelaxed;
  AppendSignature(signature, HashHeader(relaxed, CanonicalFields(relaxed, selected), signature),
                  key);
  const mail::HeaderField results{"ARC-Authentication-Results", " " + set.results};
  mail::HeaderField seal{"ARC-Seal", " " + set.seal + ";\n\tb="};
  ArcSealHash hash;
  const ArcFields present = ArcFields::Read(message.fields, {});
  for (const ArcFieldSet& older : present.sets()) {
    for (const ArcField* field : {older.results, older.signature, older.seal}) {
      hash.Add(*field->field);
    }
  }
  hash.Add(results);
  hash.Add(signature);
  AppendSignature(seal, hash.With(seal), key);
  for (const auto& field : {results, signature, seal}) {
    message.fields.insert(message.fields.begin(), field);
  }
  return message;
}

ArcOutcome ArcVerification::Run(const Message& message) {
  ArcVerifier verifier(limits, resolver, clock);
  has_chain = verifier.OnEndOfHeaders(message.fields);
  verifier.OnBody(std::as_bytes(std::span(message.body)));
  return verifier.Finish(std::chrono::steady_clock::now() + std::chrono::seconds(5));
}

ArcOutcome VerifyArc(const Message& message, const ArcLimits& limits) {
  ArcVerification verification;
  verification.limits = limits;
  verification.resolver.AddTxt(kKeyName, KeyRecordOf(*RsaKey()));
  return verification.Run(message);
}

std::string WireText(const Message& message) {
  std::string text;
  for (const mail::HeaderField& field : message.fields) {
    text += field.name + ":";
    for (const char c : field.value) text += c == '\n' ? "\r\n" : std::string(1, c);
    text += "\r\n";
  }
  return text + "\r\n" + message.body;
}

std::string FormatRecords(const Records& records) {
  std::string text;
  for (const auto& [name, value] : records) {
    text += name + " " + std::to_string(value.size()) + "\n" + value + "\n";
  }
  return text;
}

std::filesystem::path ArcSuiteFile(std::string_view name) {
  if (const char* const data = std::getenv("GATEPOST_SHARED_DATA")) {
    return std::filesystem::path(data) / "arc" / name;
  }
  const std::filesystem::path source = GATEPOST_SOURCE_DIR;
  for (auto folder = source; folder.has_relative_path(); folder = folder.parent_path()) {
    const auto file = folder.parent_path() / "shared/data/arc" / name;
    if (std::filesystem::exists(file)) return file;
  }
  return {};
}

std::vector<ArcCase> ReadArcSuite(const std::filesystem::path& file) {
  std::vector<ArcCase> cases;
  ArcCase common;
  bool in_case = false;
  for (auto& [name, value] : ParseRecords(RunScript("arc_suite.py", file))) {
    if (name == "scenario") {
      common = {};
      common.scenario = value;
      in_case = false;
    } else if (name == "txt") {
      const auto parts = base::SplitOnce(value, '\t').value();
      common.keys[std::string(parts.first)] = parts.second;
    } else {
      if (name == "case") cases.push_back(common);
      in_case = in_case || name == "case";
      (in_case ? cases.back() : common).values[name] = value;
    }
  }
  return cases;
}

std::vector<std::string> DkimpyVerifies(const Records& records) {
  const support::TempFolder folder;
  const auto file = folder.path() / "records";
  std::ofstream(file, std::ios::binary) << FormatRecords(records);
  const std::string output = RunScript("arc_peer.py", file);
  std::vector<std::string> lines;
  for (const std::string_view line : base::Split(output, '\n')) {
    if (!line.empty()) lines.emplace_back(line);
  }
  return lines;
}

}  // namespace gatepost::auth::testing
