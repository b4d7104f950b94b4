#include "common/auth/dmarc_record.h"

#include <ostream>

namespace gatepost::auth {
namespace {

using namespace testing;

std::string Or(const std::optional<DmarcPolicy>& policy) {
  return policy ? std::string(Name(*policy)) : "-";
}

std::string Joined(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : " ") + item;
  return text;
}

// What differs from a record that says p=none alone, as "name=value" words in this order.
std::string Describe(const DmarcRecord& record) {
  std::string text = "p=" + std::string(Name(record.policy));
  const auto add = [&](bool differs, const std::string& word) {
    if (differs) text += " " + word;
  };
  add(!record.applicable, "inapplicable");
  add(record.subdomain_policy.has_value(), "sp=" + Or(record.subdomain_policy));
  add(record.nonexistent_policy.has_value(), "np=" + Or(record.nonexistent_policy));
  add(record.dkim_alignment == Alignment::kStrict, "adkim=s");
  add(record.spf_alignment == Alignment::kStrict, "aspf=s");
  add(record.public_suffix == PublicSuffixFlag::kYes, "psd=y");
  add(record.public_suffix == PublicSuffixFlag::kNo, "psd=n");
  add(record.testing, "t=y");
  add(record.failure_options != "0", "fo=" + record.failure_options);
  add(!record.aggregate_uris.empty(), "rua=" + Joined(record.aggregate_uris));
  add(!record.failure_uris.empty(), "ruf=" + Joined(record.failure_uris));
  return text;
}

std::string Read(std::string_view text) {
  const auto record = ParseDmarcRecord(text);
  return record ? Describe(*record) : record.error().message;
}

// One row, one rule.
struct Row {
  std::string section;
  std::string rule;
  std::string text;
  std::string want;
};

void ExpectRows(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    EXPECT_EQ(Read(row.text), row.want) << row.section << ": " << row.rule << ": " << row.text;
  }
}

const std::string kNot = "not a DMARC record";

TEST(DmarcRecord, BeginsWithItsVersion) {
  ExpectRows({
      {"4.7", "v first", "v=DMARC1; p=reject", "p=reject"},
      {"4.7", "v alone", "v=DMARC1", "p=none inapplicable"},
      {"4.7", "v with a semicolon alone", "v=DMARC1;", "p=none inapplicable"},
      {"4.7", "no v", "p=reject", kNot},
      {"4.7", "v second", "p=reject; v=DMARC1", kNot},
      {"4.7", "the value has a case", "v=dmarc1; p=reject", kNot},
      {"4.7", "another version", "v=DMARC2; p=reject", kNot},
      {"4.7", "a longer value", "v=DMARC10; p=reject", kNot},
      {"4.7", "more in the value", "v=DMARC1 p=reject", kNot},
      {"4.7", "a comma for a semicolon", "v=DMARC1, p=reject", kNot},
      {"4.7", "no value", "v=; p=reject", kNot},
      {"4.7", "a longer name", "vv=DMARC1; p=reject", kNot},
      {"4.7", "quoted", "\"v=DMARC1; p=reject\"", kNot},
      {"4.8", "the name has no case", "V=DMARC1; p=reject", "p=reject"},
      {"4.8", "no white space", "v=DMARC1;p=reject", "p=reject"},
      {"4.8", "white space round = and ;", "v \t=\t DMARC1 \t; p=reject", "p=reject"},
      {"4.8", "white space before v", " v=DMARC1; p=reject", kNot},
      {"4.8", "a byte order mark", "\xef\xbb\xbfv=DMARC1; p=reject", kNot},
      {"4.8", "empty", "", kNot},
      {"4.8", "one letter", "v", kNot},
      {"4.8", "another kind of record", "v=spf1 -all", kNot},
      {"4.8", "a second v", "v=DMARC1; p=reject; v=DMARC2", "p=reject"},
  });
}

TEST(DmarcRecord, KnowsItsTagsAndNoOther) {
  ExpectRows({
      {"4.7", "p", "v=DMARC1; p=quarantine", "p=quarantine"},
      {"4.7", "sp", "v=DMARC1; p=none; sp=reject", "p=none sp=reject"},
      {"4.7", "np", "v=DMARC1; p=none; np=reject", "p=none np=reject"},
      {"4.7", "adkim", "v=DMARC1; p=none; adkim=s", "p=none adkim=s"},
      {"4.7", "adkim r", "v=DMARC1; p=none; adkim=r", "p=none"},
      {"4.7", "aspf", "v=DMARC1; p=none; aspf=s", "p=none aspf=s"},
      {"4.7", "psd y", "v=DMARC1; p=none; psd=y", "p=none psd=y"},
      {"4.7", "psd n", "v=DMARC1; p=none; psd=n", "p=none psd=n"},
      {"4.7", "psd u", "v=DMARC1; p=none; psd=u", "p=none"},
      {"4.7", "t", "v=DMARC1; p=none; t=y", "p=none t=y"},
      {"4.7", "t n", "v=DMARC1; p=none; t=n", "p=none"},
      {"4.7", "rua", "v=DMARC1; p=none; rua=mailto:a@x.org", "p=none rua=a@x.org"},
      {"4.7", "ruf and fo", "v=DMARC1; p=none; ruf=mailto:a@x.org; fo=1",
       "p=none fo=1 ruf=a@x.org"},
      {"4.7", "all of them, in any order",
       "v=DMARC1;t=y;rua=mailto:a@x.org;np=reject;ruf=mailto:b@x.org;aspf=s;psd=n;fo=d:s;sp=none;"
       "adkim=s;p=quarantine;",
       "p=quarantine sp=none np=reject adkim=s aspf=s psd=n t=y fo=ds rua=a@x.org ruf=b@x.org"},
      {"4.7", "unknown tags", "v=DMARC1; x=1; p=reject; pp=none; p2=none", "p=reject"},
      {"C.5.2", "pct", "v=DMARC1; p=reject; pct=0", "p=reject"},
      {"C.5.2", "rf", "v=DMARC1; p=reject; rf=iodef", "p=reject"},
      {"C.5.2", "ri", "v=DMARC1; p=reject; ri=86400", "p=reject"},
      {"4.8", "names have no case", "v=DMARC1; P=reject; Sp=none; ADKIM=s",
       "p=reject sp=none adkim=s"},
      {"4.8", "words have no case", "v=DMARC1; p=REJECT; adkim=S; psd=N; t=Y",
       "p=reject adkim=s psd=n t=y"},
      {"4.8", "white space", "v=DMARC1 ;\tp\t=\treject ; ; ", "p=reject"},
  });
}

TEST(DmarcRecord, PutsDefaultsForWhatIsWrong) {
  ExpectRows({
      {"4.8", "adkim", "v=DMARC1; p=reject; adkim=x", "p=reject"},
      {"4.8", "aspf", "v=DMARC1; p=reject; aspf=strict", "p=reject"},
      {"4.8", "psd", "v=DMARC1; p=reject; psd=yes", "p=reject"},
      {"4.8", "t", "v=DMARC1; p=reject; t=1", "p=reject"},
      {"4.8", "an empty value", "v=DMARC1; p=reject; t=; adkim=", "p=reject"},
      {"4.8", "no equals sign", "v=DMARC1; p=reject; adkim", "p=reject"},
      {"4.8", "no name", "v=DMARC1; =s; p=reject", "p=reject"},
      {"4.8", "empty elements", "v=DMARC1;;; p=reject;;", "p=reject"},
      {"4.8", "garbage", "v=DMARC1; \x01\x02; p=reject; \xff\xfe=\xfd", "p=reject"},
      {"4.8", "a missing semicolon", "v=DMARC1; adkim=s aspf=s; p=reject", "p=reject"},
      {"4.8", "adkim twice", "v=DMARC1; p=reject; adkim=s; adkim=s", "p=reject"},
      {"4.8", "psd twice", "v=DMARC1; p=reject; psd=n; psd=y", "p=reject"},
      {"4.8", "rua twice", "v=DMARC1; p=reject; rua=mailto:a@x.org; rua=mailto:b@x.org",
       "p=reject"},
      {"4.8", "NUL in a value", std::string("v=DMARC1; p=reject; adkim=s\0", 28), "p=reject"},
      {"4.8", "a full-width letter", "v=DMARC1; p=reject; adkim=\xef\xbd\x93", "p=reject"},
  });
}

// Section 4.10.1. rua= decides between p=none and no DMARC at all.
TEST(DmarcRecord, NeedsAPolicyOrAReportingUri) {
  const std::string rua = "; rua=mailto:a@x.org";
  const std::string want = "p=none rua=a@x.org";
  ExpectRows({
      {"4.10.1", "no p", "v=DMARC1; adkim=s", "p=none inapplicable adkim=s"},
      {"4.10.1", "no p, rua", "v=DMARC1" + rua, want},
      {"4.7", "no p, sp and rua", "v=DMARC1; sp=reject" + rua, "p=none sp=reject rua=a@x.org"},
      {"4.10.1", "no p, sp", "v=DMARC1; sp=reject", "p=none inapplicable sp=reject"},
      {"4.10.1", "bad p", "v=DMARC1; p=rejected", "p=none inapplicable"},
      {"4.10.1", "bad p, rua", "v=DMARC1; p=rejected" + rua, want},
      {"4.10.1", "empty p, rua", "v=DMARC1; p=" + rua, want},
      {"4.10.1", "bad p, sp, rua", "v=DMARC1; p=x; sp=reject; np=reject" + rua, want},
      {"4.10.1", "bad sp", "v=DMARC1; p=reject; sp=quarantin", "p=none inapplicable"},
      {"4.10.1", "bad sp, rua", "v=DMARC1; p=reject; sp=quarantin" + rua, want},
      {"4.10.1", "bad np", "v=DMARC1; p=reject; np=x", "p=none inapplicable"},
      {"4.10.1", "bad np, rua", "v=DMARC1; p=reject; sp=reject; np=x" + rua, want},
      {"4.8", "p twice", "v=DMARC1; p=reject; p=reject", "p=none inapplicable"},
      {"4.8", "p twice, rua", "v=DMARC1; p=reject; P=reject" + rua, want},
      {"4.10.1", "bad p, no valid URI", "v=DMARC1; p=x; rua=a@x.org", "p=none inapplicable"},
      {"4.10.1", "bad p, URI of a scheme we do not know", "v=DMARC1; p=x; rua=https://x.org/",
       "p=none"},
      {"4.10.1", "bad p, ruf alone", "v=DMARC1; p=x; ruf=mailto:a@x.org",
       "p=none inapplicable ruf=a@x.org"},
      {"4.7", "psd counts without p", "v=DMARC1; psd=y", "p=none inapplicable psd=y"},
  });
}

TEST(DmarcRecord, ReadsFailureOptions) {
  const struct {
    const char* value;
    const char* want;
  } rows[] = {
      {"0", "0"},       {"1", "1"},       {"d", "d"},        {"s", "s"},   {"1:d:s", "1ds"},
      {"d:s:1", "ds1"}, {"s:0:d", "s0d"}, {" 1 : D ", "1d"}, {"0:1", "0"}, {"1:0:d", "0"},
      {"d:d", "0"},     {"1:x", "0"},     {"1;", "1"},       {":", "0"},   {"1:", "0"},
      {"1,d", "0"},     {"", "0"},        {"1:d:s:1", "0"},
  };
  for (const auto& row : rows) {
    const std::string text = "v=DMARC1; p=none; ruf=mailto:a@x.org; fo=" + std::string(row.value);
    EXPECT_EQ(ParseDmarcRecord(text)->failure_options, row.want) << row.value;
  }
  EXPECT_EQ(ParseDmarcRecord("v=DMARC1; p=none; fo=1")->failure_options, "0") << "needs a ruf=";
}

TEST(DmarcRecord, ListsTheUrisThatCanBeUsed) {
  const struct {
    const char* list;
    const char* want;
  } rows[] = {
      {"mailto:a@x.org", "a@x.org"},
      {"mailto:a@x.org,mailto:b@x.org", "a@x.org b@x.org"},
      {" mailto:a@x.org , mailto:b@x.org ", "a@x.org b@x.org"},
      {"mailto:a@x.org!10m,mailto:b@x.org!5", "a@x.org b@x.org"},
      {"a@x.org,mailto:b@x.org", "b@x.org"},
      {"https://x.org/,mailto:b@x.org,ftp://x.org", "b@x.org"},
      {",,mailto:b@x.org,", "b@x.org"},
      {"mailto:a@x.org mailto:b@x.org", ""},
      {"mailto:a@x.org,mailto:a@X.ORG,MAILTO:a@x.org", "a@x.org"},
      {"mailto:A@x.org,mailto:a@x.org", "A@x.org a@x.org"},
  };
  for (const auto& row : rows) {
    const auto record = ParseDmarcRecord("v=DMARC1; p=none; rua=" + std::string(row.list));
    EXPECT_EQ(Joined(record->aggregate_uris), row.want) << row.list;
  }
}

TEST(DmarcRecord, KeepsTenUrisOfAThousand) {
  std::string list;
  for (int i = 0; i < 300; ++i) list += "mailto:r" + std::to_string(i) + "@x.org,";
  const auto record = ParseDmarcRecord("v=DMARC1; p=none; rua=" + list);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->aggregate_uris.size(), kMaxDmarcUris);
  EXPECT_EQ(record->aggregate_uris.back(), "r9@x.org");
  std::string short_list;
  for (int i = 0; i < 1000; ++i) short_list += "m:" + std::to_string(i) + ",";
  EXPECT_TRUE(ParseDmarcRecord("v=DMARC1; p=x; rua=" + short_list)->applicable);
}

TEST(DmarcRecord, TakesAThousandTags) {
  std::string text = "v=DMARC1;";
  for (int i = 0; i < 1000; ++i) text += "t=y;";
  EXPECT_EQ(Read(text + "p=reject"), "p=reject");
}

TEST(DmarcRecord, HasALimit) {
  const std::string text = "v=DMARC1; p=reject; x=";
  const std::string whole = text + std::string(kMaxDmarcRecordBytes - text.size(), 'x');
  EXPECT_EQ(Read(whole), "p=reject");
  EXPECT_EQ(ParseDmarcRecord(whole + "x").error().kind, base::ErrorKind::kLimit);
  const std::string huge = text + std::string(65'535, ';');
  EXPECT_EQ(ParseDmarcRecord(huge).error().kind, base::ErrorKind::kLimit);
  EXPECT_EQ(ParseDmarcRecord(std::string(65'535, 'v')).error().kind, base::ErrorKind::kInvalid);
}

std::vector<dns::Record> Texts(const std::vector<std::string>& texts) {
  std::vector<dns::Record> records;
  for (const std::string& text : texts) records.push_back({text, {}, 0});
  return records;
}

std::string Select(const std::vector<std::string>& texts) {
  const auto record = SelectDmarcRecord(Texts(texts));
  return record ? Describe(*record) : record.error().message;
}

TEST(SelectDmarcRecord, TakesTheOneOfItsKind) {
  EXPECT_EQ(Select({"v=spf1 -all", "v=DMARC1; p=reject", "hello"}), "p=reject");
  EXPECT_EQ(Select({"v=DMARC1; p=reject", "v=DMARC2; p=none", " v=DMARC1; p=none"}), "p=reject");
  EXPECT_EQ(Select({}), "no DMARC record");
  EXPECT_EQ(Select({"v=spf1 -all"}), "no DMARC record");
  EXPECT_EQ(Select({"v=DMARC1; p=reject", "v=DMARC1"}), "several DMARC records");
  EXPECT_EQ(SelectDmarcRecord(Texts({"v=DMARC1", "V=DMARC1"})).error().kind,
            base::ErrorKind::kNotFound);
  EXPECT_EQ(SelectDmarcRecord(Texts({"v=DMARC1;" + std::string(9'000, 'x')})).error().kind,
            base::ErrorKind::kLimit);
}

TEST(DmarcRecord, NamesItsPolicies) {
  EXPECT_EQ(Name(DmarcPolicy::kNone), "none");
  EXPECT_EQ(Name(DmarcPolicy::kQuarantine), "quarantine");
  EXPECT_EQ(Name(DmarcPolicy::kReject), "reject");
}

}  // namespace
}  // namespace gatepost::auth
