// Runs dmarc_cases.txt: each line is a test. The file's head says how to read it.
#include <fstream>

#include "common/auth/dmarc.h"
#include "common/base/strings.h"
#include "common/mail/author.h"
#include "tests/support/memory_resolver.h"

namespace gatepost::auth {
namespace {

using namespace std::chrono_literals;

const std::string kFolder = GATEPOST_SOURCE_DIR "/tests/common/auth/";

struct Case {
  int line = 0;
  std::string section;
  std::string title;
  std::string dns;
  std::string author;
  std::string identifiers;
  std::string method;
  std::string want;
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << "dmarc_cases.txt:" << c.line << ": " << c.section << ": " << c.title;
}

// The parts of a text between separators, without white space round them.
std::vector<std::string> Parts(std::string_view text, std::string_view separator) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.emplace_back(base::Trim(text.substr(0, end)));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + separator.size());
  }
}

std::vector<Case> ReadCases() {
  std::vector<Case> cases;
  std::ifstream file(kFolder + "dmarc_cases.txt");
  std::string text;
  for (int line = 1; std::getline(file, text); ++line) {
    if (text.empty() || text.front() == '#') continue;
    const std::vector<std::string> f = Parts(text, "|");
    if (f.size() != 7) throw std::runtime_error("dmarc_cases.txt:" + std::to_string(line));
    cases.push_back({line, f[0], f[1], f[2], f[3], f[4], f[5], f[6]});
  }
  return cases;
}

// "B.4.1 | simple: both aligned" is B_4_1_line_45_simple_both_aligned.
std::string CaseName(const testing::TestParamInfo<Case>& info) {
  std::string name =
      info.param.section + " line " + std::to_string(info.param.line) + " " + info.param.title;
  std::string word;
  for (const char c : name) {
    const bool plain = base::IsAsciiAlpha(c) || base::IsAsciiDigit(c);
    if (plain) word += c;
    if (!plain && !word.empty() && word.back() != '_') word += '_';
  }
  return word;
}

void AddEntry(const std::string& entry, test::MemoryResolver& resolver) {
  const std::size_t end = entry.find_first_of(" :=");
  const std::string name = entry.substr(0, end);
  const std::string rest = entry.substr(end + 1);
  if (entry[end] == ':') return resolver.AddTxt("_dmarc." + name, "v=DMARC1; " + rest.substr(1));
  if (entry[end] == '=') {
    return resolver.AddTxt("_dmarc." + name, rest.starts_with(' ') ? rest.substr(1) : rest);
  }
  if (rest == "exists") return resolver.Add(name + " A 192.0.2.1\n");
  if (rest == "dark") return resolver.Fail(name, dns::Status::kServFail);
  const std::map<std::string, dns::Status> failures{{"servfail", dns::Status::kServFail},
                                                    {"timeout", dns::Status::kTimeout},
                                                    {"overloaded", dns::Status::kOverloaded}};
  resolver.Fail("_dmarc." + name, failures.at(rest));
}

void AddDns(const std::string& dns, test::MemoryResolver& resolver) {
  if (dns == "-") return;
  for (const std::string& entry : Parts(dns, "&&")) AddEntry(entry, resolver);
}

DmarcIdentifiers ReadIdentifiers(const std::string& text) {
  DmarcIdentifiers identifiers;
  if (text == "-") return identifiers;
  for (const std::string& item : Parts(text, " ")) {
    const auto pair = base::SplitOnce(item, '=');
    const mail::Domain domain = mail::Domain::Parse(pair->second).value();
    if (pair->first == "spf") identifiers.spf = domain;
    if (pair->first == "spf?") identifiers.undecided_spf = domain;
    if (pair->first == "dkim") identifiers.dkim.push_back(domain);
    if (pair->first == "dkim?") identifiers.undecided_dkim.push_back(domain);
  }
  return identifiers;
}

void ExpectAll(const DmarcIdentifiers& identifiers, DmarcCheck& check) {
  for (const mail::Domain& domain : identifiers.dkim) check.Expect(domain);
  for (const mail::Domain& domain : identifiers.undecided_dkim) check.Expect(domain);
  if (identifiers.spf) check.Expect(*identifiers.spf);
  if (identifiers.undecided_spf) check.Expect(*identifiers.undecided_spf);
}

std::string Text(const std::optional<mail::Domain>& domain) {
  return domain ? domain->ascii() : "-";
}

std::string ResultText(const DmarcOutcome& outcome) {
  std::string text(Name(outcome.result));
  if (outcome.result != DmarcResult::kPass) return text;
  text += ':';
  if (outcome.spf_aligned) text += "spf";
  if (outcome.spf_aligned && outcome.dkim_aligned()) text += '+';
  if (outcome.dkim_aligned()) text += "dkim";
  return text;
}

std::string Describe(const DmarcOutcome& outcome) {
  return ResultText(outcome) + ' ' + std::string(Name(outcome.disposition)) + ' ' +
         (outcome.policy_tag.empty() ? "-" : outcome.policy_tag) + ' ' +
         Text(outcome.policy_domain) + ' ' + Text(outcome.organizational_domain);
}

mail::Author ReadAuthor(const std::string& text) {
  const std::vector<std::string> fields = Parts(text, "&&");
  const std::vector<std::string_view> values(fields.begin(), fields.end());
  return mail::EvaluateAuthor(values);
}

class DmarcCase : public testing::TestWithParam<Case> {
 protected:
  std::string Run(const mail::Domain& author) {
    const PublicSuffixList list =
        PublicSuffixList::Load(kFolder + "public_suffix_list.txt").value();
    test::MemoryResolver resolver;
    AddDns(GetParam().dns, resolver);
    const auto method = GetParam().method == "psl" ? DiscoveryMethod::kPublicSuffixList
                                                   : DiscoveryMethod::kTreeWalk;
    DmarcCheck check(author, method, &list, resolver);
    const DmarcIdentifiers identifiers = ReadIdentifiers(GetParam().identifiers);
    ExpectAll(identifiers, check);
    const std::vector<dns::Task*> tasks = check.tasks();
    dns::Finish(tasks, std::chrono::steady_clock::now() + 10s);
    const DmarcOutcome outcome = check.Decide(identifiers);
    EXPECT_FALSE(outcome.reason.empty());
    return Describe(outcome);
  }
};

TEST_P(DmarcCase, ComesOutAsWritten) {
  const std::string& text = GetParam().author;
  if (text.find_first_of("@:") == std::string::npos) {
    EXPECT_EQ(Run(mail::Domain::Parse(text).value()), GetParam().want);
    return;
  }
  const mail::Author author = ReadAuthor(text);
  EXPECT_EQ(author.domain ? Run(*author.domain) : "outside " + std::string(Name(author.problem)),
            GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(Rfc9989, DmarcCase, testing::ValuesIn(ReadCases()), CaseName);

TEST(DmarcCases, AreAtLeast150) { EXPECT_GE(ReadCases().size(), 150U); }

}  // namespace
}  // namespace gatepost::auth
