// The rules that hold where an administrator wrote none: what they stop, and what they leave alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "common/base/strings.h"
#include "milters/attachments/extension.h"
#include "milters/attachments/names.h"
#include "milters/attachments/rules_policy.h"

namespace gatepost::attachments {
namespace {

using testing::ElementsAreArray;

const RuleSet& DefaultRules() {
  static const RuleSet kRules =
      RuleSet::Parse(std::string(RuleSet::DefaultText()), "default.rules");
  return kRules;
}

Outcome Judge(const Item& item, const MessageFacts& facts = {}) {
  const std::vector<std::string> recipients{"eva@example.org"};
  RuleJudge judge(DefaultRules(), facts, recipients);
  judge.Judge(item);
  return judge.outcome();
}

Item File(const std::string& name, ContentType type, Properties properties = {},
          const std::string& declared = "application/octet-stream") {
  Item item;
  item.part = "2";
  if (!name.empty()) item.names = {name};
  item.declared_types = {declared};
  item.type = type;
  item.bytes = 1'000;
  item.properties = properties;
  item.properties.Add(JudgeNames(item));
  return item;
}

constexpr ContentType kUnknown;
constexpr ContentType kText{"text", Kind::kText};
constexpr ContentType kHtml{"html", Kind::kDocument};
constexpr ContentType kZip{"zip", Kind::kArchive};
constexpr ContentType kPdf{"pdf", Kind::kDocument};
constexpr ContentType kDocx{"docx", Kind::kDocument};
constexpr ContentType kMail{"mail", Kind::kMail};

// "| `name` | refuse |" or "| `name` | shadow: tag |", as the rows of default_rules.md begin.
std::vector<std::string> DocumentedRules() {
  std::ifstream table(std::string(GATEPOST_SOURCE_DIR) + "/milters/attachments/default_rules.md");
  std::vector<std::string> rows;
  for (std::string line; std::getline(table, line);) {
    if (!line.starts_with("| `")) continue;
    const std::size_t action = line.find(" | ") + 3;
    rows.push_back(line.substr(0, line.find(" |", action) + 2));
  }
  return rows;
}

TEST(DefaultRulesTest, AreDocumentedInTheirOrder) {
  std::vector<std::string> rows;
  for (const Rule& rule : DefaultRules().rules()) {
    const std::string mode = rule.mode == Mode::kEnforce ? "" : std::string(Name(rule.mode)) + ": ";
    rows.push_back("| `" + rule.name + "` | " + mode + std::string(Name(rule.action)) + " |");
  }
  EXPECT_THAT(DocumentedRules(), ElementsAreArray(rows));
}

TEST(DefaultRulesTest, LeaveOrdinaryMailAlone) {
  const Item items[] = {
      File("", kUnknown, {}, "multipart/mixed"),
      File("", kUnknown, {Property::kMalformedMime}, "multipart/alternative"),
      File("", kUnknown, {Property::kAmbiguous}, "multipart/alternative"),
      File("", kText, {}, "text/plain"),
      File("", kText, {Property::kAmbiguous}, "text/plain"),
      File("", {"shell-script", Kind::kScript}, {}, "text/plain"),
      File("", {"batch", Kind::kScript}, {}, "text/plain"),
      File("", {"reg", Kind::kScript}, {}, "text/plain"),
      File("", kHtml, {}, "text/html"),
      File("", kHtml, {Property::kScript}, "text/html"),
      File("ticket.html", kHtml, {}, "text/html"),
      File("logo.png", {"png", Kind::kMedia}, {}, "image/png"),
      File("logo@example.com", {"png", Kind::kMedia}, {}, "image/png"),
      File("image.img", {"jpeg", Kind::kMedia}, {}, "image/jpeg"),
      File("invite.ics", {"calendar", Kind::kText}, {}, "text/calendar"),
      File("contact.vcf", {"vcard", Kind::kText}, {}, "text/vcard"),
      File("", kText, {}, "message/delivery-status"),
      File("Your order at example.com", kUnknown, {}, "message/rfc822"),
      File("Re: Hello.eml", kMail, {}, "message/rfc822"),
      File("", kUnknown, {Property::kEncryptedMail}, "multipart/encrypted"),
      File("smime.p7m", kUnknown, {Property::kEncryptedMail}, "application/pkcs7-mime"),
      File("smime.p7m", kUnknown, {Property::kOpaqueSignature}, "application/pkcs7-mime"),
      File("smime.p7s", kUnknown, {}, "application/pkcs7-signature"),
      File("signature.asc", {"pgp", Kind::kMail}, {}, "application/pgp-signature"),
      File("0xDEADBEEF.asc", {"pgp", Kind::kMail}, {}, "application/pgp-keys"),
      File("server.crt", kText),
      File("report.2026.pdf", kPdf, {}, "application/pdf"),
      File("invoice.pdf", kPdf, {Property::kPdfEmbeddedFile}, "application/pdf"),
      File("a.pdf.html", kHtml, {}, "text/html"),
      File("letter.docx", kDocx),
      File("letter.docx", kDocx, {Property::kEmbeddedObject}),
      File("old.doc", {"ole", Kind::kDocument}),
      File("sheet.xlsx", kZip),
      File("export.xls", kHtml),
      File("photos.zip", kZip),
      File("archive.tar.gz", {"gzip", Kind::kArchive}),
      File("sources.tar", {"tar", Kind::kArchive}, {Property::kLinkMember}),
      File("mail.zip", kZip, {Property::kHiddenData}),
      File("winmail.dat", {"tnef", Kind::kMail}, {Property::kTnef}, "application/ms-tnef"),
      File("picture.svg", {"svg", Kind::kDocument}, {}, "image/svg+xml"),
      File("fix.patch", kText, {}, "text/x-patch"),
      File("build.sh", {"shell-script", Kind::kScript}, {}, "text/x-sh"),
      File("tool.py", kText, {}, "text/x-python"),
      File("data.mat", kUnknown),
      File("page.mht", kText),
      File("example.com", kText, {}, "text/plain"),
      File("Screenshot 2026-01-01 at 10.00.00\u202FAM.png", {"png", Kind::kMedia}, {}, "image/png"),
      File("\u05D3\u05D5\u05D7\u200F.pdf", kPdf, {}, "application/pdf"),
      File("", kText, {Property::kInText}, "text/plain"),
      File("draft.txt", kUnknown, {Property::kExternalBody}, "message/external-body"),
  };
  for (const Item& item : items) {
    const Outcome outcome = Judge(item);
    EXPECT_EQ(outcome.action, Action::kPass)
        << testing::PrintToString(item.names) << " " << item.type.name << " "
        << (outcome.hits.empty() ? "" : outcome.hits[0].rule);
  }
  MessageFacts forged;
  forged.authentication = "fail";
  forged.reputation = -1;
  EXPECT_EQ(Judge(File("photos.zip", kZip), forged).action, Action::kPass);
}

TEST(DefaultRulesTest, OrdinaryMembersAreLeftAlone) {
  for (const char* const name : {"photos/a.jpg", "word/document.xml", "src/main.c",
                                 "docs/index.html", "a.b.c.txt", "dir/"}) {
    Item item = File(name, kUnknown);
    item.member = true;
    item.properties = JudgeNames(item);
    EXPECT_EQ(Judge(item).action, Action::kPass) << name;
  }
}

struct Case {
  Item item;
  Action want;
  std::string_view rule;
};

TEST(DefaultRulesTest, StopWhatIsDangerous) {
  const ContentType pe{"pe", Kind::kExecutable};
  const Case cases[] = {
      {File("setup.exe", pe), Action::kRefuse, "programs"},
      {File("setup.dat", pe), Action::kRefuse, "programs"},
      {File("", pe), Action::kRefuse, "programs"},
      {File("setup.exe. .", kUnknown), Action::kRefuse, "program-names"},
      {File("setup.exe::$DATA", kUnknown), Action::kRefuse, "program-names"},
      {File("command.com", kUnknown), Action::kRefuse, "com-files"},
      {File("invoice.pdf.js", kText), Action::kRefuse, "double-extensions"},
      {File("invoice.pdf.html", kHtml, {Property::kForm}), Action::kQuarantine, "disguised-pages"},
      {File("invoice.pdf.html", kHtml, {Property::kScript}), Action::kQuarantine,
       "disguised-pages"},
      {File("annexe\u202Egpj.exe", kUnknown), Action::kRefuse, "deceptive-names"},
      {File("a.{3050F4D8-98B5-11CF-BB82-00AA00BDCE0B}", kText), Action::kRefuse, "class-names"},
      {File("a.js", kText), Action::kRefuse, "scripts"},
      {File("a.hta", {"hta", Kind::kScript}), Action::kRefuse, "scripts"},
      {File("a.dat", {"hta", Kind::kScript}), Action::kRefuse, "script-content"},
      {File("a.lnk", {"lnk", Kind::kShortcut}), Action::kRefuse, "shortcuts"},
      {File("a.dat", {"lnk", Kind::kShortcut}), Action::kRefuse, "shortcut-content"},
      {File("", {"lnk", Kind::kShortcut}), Action::kRefuse, "shortcut-content"},
      {File("a.slk", kText), Action::kRefuse, "settings"},
      {File("a.mdb", {"access", Kind::kDocument}), Action::kRefuse, "add-ins"},
      {File("a.dat", {"wim", Kind::kArchive}), Action::kQuarantine, "old-archives"},
      {File("a.cab", {"cab", Kind::kArchive}), Action::kQuarantine, "old-archives"},
      {File("a.html", kHtml, {Property::kScript}), Action::kTag, "html-scripts"},
      {File("a.pdf", kPdf, {Property::kPdfJavaScript}), Action::kTag, "pdf-javascript"},
      {File("a.url", {"url", Kind::kShortcut}), Action::kQuarantine, "web-shortcuts"},
      {File("a.iso", {"iso", Kind::kDiskImage}), Action::kRefuse, "disk-images"},
      {File("a.vhdx", kUnknown), Action::kRefuse, "disk-image-names"},
      {File("a.xll", kUnknown), Action::kRefuse, "add-ins"},
      {File("a.one", {"onenote", Kind::kDocument}, {Property::kEmbeddedObject}),
       Action::kQuarantine, "onenote-embedded"},
      {File("a.one", {"onenote", Kind::kDocument}), Action::kQuarantine, "onenote"},
      {File("a.doc", {"doc", Kind::kDocument}, {Property::kMacro, Property::kAutoMacro}),
       Action::kQuarantine, "auto-macros"},
      {File("a.docm", kDocx, {Property::kMacro}), Action::kTag, "macros"},
      {File("a.pdf", kPdf, {Property::kPdfLaunch}), Action::kRefuse, "pdf-launch"},
      {File("a.zip", kZip, {Property::kEncryptedMember}), Action::kTag, "locked-archives"},
      {File("a.zip", kZip, {Property::kDirectoryMismatch}), Action::kRefuse, "directory-mismatch"},
      {File("a.zip", kZip, {Property::kBomb}), Action::kRefuse, "bombs"},
      {File("a.zip", kZip, {Property::kDamaged}), Action::kQuarantine, "damaged-archives"},
      {File("a.zip", kZip, {Property::kUnreadable}), Action::kQuarantine, "unreadable"},
      {File("a.html", kHtml, {Property::kHtmlSmuggling}), Action::kQuarantine, "html-smuggling"},
      {File("a.docx", kDocx, {Property::kAmbiguous}), Action::kQuarantine, "ambiguous"},
      {File("", kUnknown, {Property::kPartialMessage}), Action::kRefuse, "partial"},
      {File("a.txt", kText, {Property::kMalware}), Action::kRefuse, "malware"},
      {File("a.txt", kText, {Property::kListed}), Action::kRefuse, "listed"},
      {File("a.jpg", {"rar5", Kind::kArchive}), Action::kQuarantine, "type-mismatch"},
  };
  for (const Case& c : cases) {
    const Outcome outcome = Judge(c.item);
    EXPECT_EQ(outcome.action, c.want) << c.rule;
    ASSERT_FALSE(outcome.hits.empty()) << c.rule;
    EXPECT_EQ(outcome.hits[0].rule, c.rule);
  }
}

// What is found of a member is told of the member, whatever it is.
TEST(DefaultRulesTest, SeeWhatIsFoundOfMembers) {
  const auto rule_of = [](const std::string& name, Properties properties) {
    Item item = File(name, kUnknown, properties);
    item.member = true;
    item.properties = properties;
    item.properties.Add(JudgeNames(item));
    const Outcome outcome = Judge(item);
    return outcome.hits.empty() ? "" : outcome.hits[0].rule;
  };
  EXPECT_EQ(rule_of("link", {Property::kLinkMember}), "links-in-archives");
  EXPECT_EQ(rule_of("../../a.txt", {}), "way-out-of-archives");
  EXPECT_EQ(rule_of("a.txt", {Property::kEncryptedMember}), "locked-archives");
  EXPECT_EQ(rule_of("a.txt", {Property::kBomb}), "bombs");
  EXPECT_EQ(rule_of("a.txt", {Property::kUnreadable}), "unreadable");
}

TEST(DefaultRulesTest, StopWhatGmailBlocks) {
  constexpr std::string_view kBlocked =
      "ade adp apk appx appxbundle bat cab chm cmd com cpl diagcab diagcfg diagpkg dll dmg ex ex_ "
      "exe hta img ins iso isp jar jnlp js jse lib lnk mde mjs msc msi msix msixbundle msp mst nsh "
      "pif ps1 scr sct shb sys vb vbe vbs vhd vxd wsc wsf wsh xll";
  for (const std::string_view extension : base::Split(kBlocked, ' ')) {
    EXPECT_GE(Judge(File("a." + std::string(extension), kUnknown)).action, Action::kQuarantine)
        << extension;
  }
}

TEST(DefaultRulesTest, StopWhatOutlookBlocks) {
  constexpr std::string_view kBlocked =
      "app application appref-ms asp aspx bas cdxml cnt diagcab fxp gadget grp hlp hpj hta htc inf "
      "its library-ms lnk mad maf mag mam maq mar mas mau mav maw mcf mda mdt mdw mdz msh msh1 "
      "msh1xml msh2 msh2xml mshxml ops osd pcd pif plg prf prg ps1xml ps2 ps2xml psc1 psc2 psd1 "
      "psm1 pssc reg scf search-ms searchconnector-ms settingcontent-ms shs theme udl url vbp vhdx "
      "vsmacros webpnp website ws wsb xbap xll xnk";
  for (const std::string_view extension : base::Split(kBlocked, ' ')) {
    EXPECT_GE(Judge(File("a." + std::string(extension), kUnknown)).action, Action::kQuarantine)
        << extension;
  }
}

TEST(DefaultRulesTest, ForgedMailWithALockedArchiveIsHeld) {
  const Item locked = File("a.zip", kZip, {Property::kEncryptedMember});
  MessageFacts facts;
  facts.authentication = "fail";
  EXPECT_EQ(Judge(locked, facts).action, Action::kQuarantine);
  facts.direction = Direction::kOut;
  facts.authentication = "";
  EXPECT_EQ(Judge(locked, facts).action, Action::kPass);
}

TEST(DefaultRulesTest, EachHasAReasonAndAClass) {
  bool reason = false;
  for (const std::string_view line : base::Split(RuleSet::DefaultText(), '\n')) {
    if (line.empty()) reason = false;
    if (line.starts_with('#')) reason = true;
    if (line.empty() || line.starts_with('#')) continue;
    EXPECT_TRUE(reason) << line;
    EXPECT_NE(line.find(" class="), line.npos) << line;
  }
}

TEST(DefaultRulesTest, RefuseByNameOnlyWhatTheTableKnowsAsRisky) {
  for (const Rule& rule : DefaultRules().rules()) {
    for (const Condition& condition : rule.of_item) {
      if (rule.action != Action::kRefuse || condition.relation == Condition::Relation::kIsNot ||
          condition.subject != Condition::Subject::kExtension) {
        continue;
      }
      for (const std::string& extension : condition.words) {
        EXPECT_TRUE(IsRisky(KindOfExtension(extension))) << extension;
      }
    }
  }
}

}  // namespace
}  // namespace gatepost::attachments
