// Parts of many random messages exchanged: what is left is the same, byte for byte and as Python's
// email package sees it.
#include "milters/attachments/replacement.h"

#include <fstream>
#include <map>
#include <random>

#include "common/mime/walker.h"
#include "tests/support/program.h"
#include "tests/support/temp_folder.h"

namespace gatepost::attachments {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// -- messages -------------------------------------------------------------------------------------

// Draws structures that mail has, and some that it should not have.
class Writer {
 public:
  explicit Writer(unsigned seed) : random_(seed) {}

  bool Chance(unsigned percent) { return Below(100) < percent; }
  std::size_t Below(std::size_t limit) { return random_() % limit; }
  // Header and content of a part.
  std::string Part(std::size_t depth);
  std::string Multipart(std::size_t depth);

 private:
  std::string Leaf();
  std::string Lines(std::size_t count, std::string_view alphabet);

  std::mt19937 random_;
  int boundaries_ = 0;
};

std::string Writer::Lines(std::size_t count, std::string_view alphabet) {
  std::string lines;
  for (; count > 0; --count) {
    for (std::size_t i = Below(19) * 4; i > 0; --i) lines += alphabet[Below(alphabet.size())];
    lines += "\r\n";
  }
  return lines;
}

std::string Writer::Leaf() {
  const std::string id =
      Chance(50) ? "Content-ID: <" + std::to_string(Below(1'000)) + "@x>\r\n" : "";
  switch (Below(4)) {
    case 0:
      return id + "Content-Type: application/zip; name=\"a b.zip\"\r\nContent-Transfer-Encoding: " +
             "base64\r\n\r\n" + Lines(Below(40), "ABCDabcd0123+/");
    case 1:
      return "Content-Type: text/html; charset=utf-8\r\n" + id +
             "Content-Transfer-Encoding: quoted-printable\r\n\r\n" + Lines(Below(9), "<p>=20 \t-");
    case 2:
      return "\r\n" + Lines(Below(5), "no header - ");
    default:
      return "Content-Type: text/plain;\r\n\tcharset=utf-8\r\nX-Note: of a part\r\n\r\n" +
             Lines(Below(20), "plain text\xC3\xBC --");
  }
}

std::string Writer::Multipart(std::size_t depth) {
  const std::string boundary = "=_" + std::to_string(++boundaries_) + "_b";
  const std::string_view kinds[] = {"mixed", "alternative", "related", "signed"};
  std::string part = "Content-Type: multipart/" + std::string(kinds[Below(4)]) +
                     ";\r\n boundary=\"" + boundary + "\"\r\n\r\n" +
                     (Chance(40) ? "This is MIME.\r\n" : "");
  for (std::size_t i = 1 + Below(4); i > 0; --i) {
    part += "--" + boundary + (Chance(10) ? " \r\n" : "\r\n") + Part(depth + 1) +
            (Chance(80) ? "\r\n" : "");
    if (!part.ends_with('\n')) part += "\r\n";
  }
  part += "--" + boundary + "--\r\n";
  return part + (Chance(30) ? "That was it.\r\n" : "");
}

std::string Writer::Part(std::size_t depth) {
  if (depth < 4 && Chance(30)) return Multipart(depth);
  if (depth < 4 && Chance(15)) {
    return "Content-Type: message/rfc822\r\n\r\nFrom: a@b\r\nSubject: within\r\nMIME-Version: "
           "1.0\r\n" +
           Part(depth + 1);
  }
  return Leaf();
}

// -- what is in them ------------------------------------------------------------------------------

struct Found : mime::PartSink {
  ReplacementPlan plan;
  std::vector<std::string> paths;
  std::map<std::string, mime::Extent> extents;  // of parts without parts

  void OnPart(const mime::Part& part) override { paths.push_back(part.path); }
  void OnContent(const mime::Part&, std::size_t, std::span<const std::byte>) override {}
  void OnPartEnd(const mime::Part& part) override {
    plan.Take(part);
    const bool holds = part.IsOfClass("multipart") || part.IsOfType("message/rfc822");
    if (part.extent && !holds) extents[part.path] = *part.extent;
  }
  void OnWalkLimit(mime::WalkLimit) override {}
};

struct Message {
  std::vector<mail::HeaderField> fields;
  std::string body;
};

// The first part's header becomes the message's.
Message Split(const std::string& part) {
  const auto end = part.find("\r\n\r\n");
  Message message{{{"MIME-Version", " 1.0"}}, part.substr(end + 4)};
  auto unfolded = part.substr(0, end);
  const auto fold = unfolded.find("\r\n ");
  if (fold != unfolded.npos) unfolded.erase(fold, 2);
  const auto colon = unfolded.find(':');
  message.fields.push_back({unfolded.substr(0, colon), unfolded.substr(colon + 1)});
  return message;
}

void Walk(const Message& message, std::size_t piece, Found& found) {
  mime::Walker walker(found);
  walker.Begin(message.fields);
  for (std::string_view rest = message.body; !rest.empty();
       rest.remove_prefix(std::min(piece, rest.size()))) {
    walker.Feed(std::as_bytes(std::span(rest.substr(0, piece))));
  }
  walker.Finish();
}

std::string Written(const ReplacementPlan& plan, const std::string& body) {
  SpoolFile spool("/tmp", 100'000'000);
  EXPECT_TRUE(spool.Append(std::as_bytes(std::span(body))));
  std::string written;
  EXPECT_TRUE(plan.Write(spool, [&](std::span<const std::byte> chunk) {
    written.append(reinterpret_cast<const char*>(chunk.data()), chunk.size());
    return true;
  }));
  return written;
}

std::string TextOf(const std::string& body, const mime::Extent& extent) {
  return body.substr(extent.header, extent.end - extent.header);
}

bool IsWithin(const std::string& path, const std::string& outer) {
  return path == outer || path.starts_with(outer + ".");
}

void Save(const std::filesystem::path& file, const Message& message, const std::string& body) {
  std::ofstream out(file, std::ios::binary);
  for (const auto& field : message.fields) out << field.name << ":" << field.value << "\r\n";
  out << "\r\n" << body;
}

// One message: draws parts to exchange, compares what is left, saves both for Python.
void TryOne(unsigned seed, const std::filesystem::path& folder) {
  Writer writer(seed);
  const Message message = Split(writer.Multipart(0));
  Found before, after;
  Walk(message, 1 + writer.Below(200), before);
  std::vector<std::string> replaced;
  for (std::size_t i = 1 + writer.Below(3); i > 0; --i) {
    // Not the message, which comes first.
    replaced.push_back(before.paths[1 + writer.Below(before.paths.size() - 1)]);
    before.plan.Replace(replaced.back(), writer.Chance(50) ? "Taken away." : "F\xC3\xBCr\n--immer");
  }
  const std::string body = Written(before.plan, message.body);
  Walk(message.fields.empty() ? message : Message{message.fields, body}, 7, after);
  std::ofstream paths(folder / (std::to_string(seed) + ".paths"));
  for (const auto& path : replaced) paths << path << "\n";
  for (const auto& [path, extent] : before.extents) {
    const bool gone =
        std::ranges::any_of(replaced, [&](const auto& outer) { return IsWithin(path, outer); });
    if (gone) continue;
    ASSERT_TRUE(after.extents.contains(path)) << seed << " " << path;
    EXPECT_EQ(TextOf(body, after.extents[path]), TextOf(message.body, extent)) << seed << path;
  }
  Save(folder / (std::to_string(seed) + ".before"), message, message.body);
  Save(folder / (std::to_string(seed) + ".after"), message, body);
}

TEST(ReplacementPlan, LeavesTheRestOfAThousandMessagesAsItWas) {
  const support::TempFolder folder;
  for (unsigned seed = 0; seed < 1'000; ++seed) TryOne(seed, folder.path());
  const auto code = support::RunToEnd(
      {"/usr/bin/python3", GATEPOST_SOURCE_DIR "/tests/milters/attachments/reopened.py",
       folder.path().string(), "1000"},
      folder.path() / "output", std::chrono::minutes(1));
  ASSERT_TRUE(code);
  EXPECT_EQ(*code, 0) << support::ReadWholeFile(folder.path() / "output");
}

// -- one by one -----------------------------------------------------------------------------------

Message Mixed(const std::string& body) {
  return {{{"Content-Type", " multipart/mixed; boundary=b"}}, body};
}

struct Case {
  const char* what;
  std::string body;
  std::vector<std::string> paths;
  std::string written;  // "<>" for the header of what is put in
};

std::string WithHeaders(std::string text) {
  for (std::size_t at; (at = text.find("<>")) != text.npos;) {
    text.replace(at, 2,
                 "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n"
                 "Content-Disposition: inline\r\n");
  }
  return text;
}

TEST(ReplacementPlan, PutsTextsWhereTheyCanBeRead) {
  const std::vector<Case> cases{
      {"one of two",
       "--b\r\n\r\n1\r\n--b\r\nA: b\r\n\r\n2\r\n--b--\r\n",
       {"2"},
       "--b\r\n\r\n1\r\n--b\r\n<>A: b\r\n\r\ntext 2\r\n--b--\r\n"},
      {"a header alone",
       "--b\r\n--b\r\nA: b\r\n--b--",
       {"1", "2"},
       "--b\r\n<>\r\ntext 1\r\n--b\r\n<>A: b\r\n\r\ntext 2\r\n--b--"},
      {"cut off in its delimiter", "--b", {"1"}, "--b\r\n<>\r\ntext 1\r\n"},
      {"cut off in its content", "--b\r\n\r\nx", {"1"}, "--b\r\n<>\r\ntext 1\r\n"},
      {"a file in text",
       "--b\r\n\r\nbegin 644 a\r\n#35J0\r\nend\r\n--b--",
       {"1!1"},
       "--b\r\n<>\r\ntext 1!1\r\n--b--"},
      {"within an encoding",
       "--b\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
       "QTogYgoKTVqQ\r\n--b--",
       {"1~1"},
       "--b\r\n<>\r\ntext 1~1\r\n--b--"},
      {"twice the same",
       "--b\r\n\r\nx\r\n--b--",
       {"1", "1!1", "1"},
       "--b\r\n<>\r\ntext 1\r\n\r\ntext 1!1\r\n--b--"},
      {"one within another",
       "--b\r\nContent-Type: multipart/x; boundary=c\r\n\r\n--c\r\n\r\nx\r\n--c--\r\n--b--",
       {"1.1", "1"},
       "--b\r\n<>\r\ntext 1\r\n\r\ntext 1.1\r\n--b--"},
      {"an attached message",
       "--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\ny\r\n--b--",
       {"1.1"},
       "--b\r\nContent-Type: message/rfc822\r\n\r\n<>Subject: x\r\n\r\ntext 1.1\r\n--b--"},
      {"nothing", "--b\r\n\r\nx\r\n--b--", {}, "--b\r\n\r\nx\r\n--b--"},
      {"an empty body", "", {}, ""},
  };
  for (const auto& test : cases) {
    Found found;
    Walk(Mixed(test.body), 7, found);
    for (const auto& path : test.paths) found.plan.Replace(path, "text " + path);
    EXPECT_FALSE(found.plan.replaces_all()) << test.what;
    EXPECT_THAT(found.plan.HeaderChanges({}), IsEmpty()) << test.what;
    EXPECT_EQ(Written(found.plan, test.body), WithHeaders(test.written)) << test.what;
  }
}

TEST(ReplacementPlan, ReplacesTheMessageWhereNothingLessStandsInItsBody) {
  for (const char* const path : {"", "!1", "~1.2", "7.1"}) {
    ReplacementPlan plan;
    plan.Replace(path, "gone");
    EXPECT_EQ(plan.Goes(path), "");
    EXPECT_TRUE(plan.replaces_all());
    EXPECT_FALSE(plan.HeaderChanges({}).empty());
    EXPECT_EQ(Written(plan, "begin 644 x\r\n"), "gone\r\n") << path;
  }
}

TEST(ReplacementPlan, TakesThePartAroundOneThatIsNotKnown) {
  Found found;
  Walk(Mixed("--b\r\nContent-Type: multipart/x; boundary=c\r\n\r\n--c\r\n\r\nx\r\n--b--"), 7,
       found);
  EXPECT_EQ(found.plan.Goes("1.1"), "1.1");
  EXPECT_EQ(found.plan.Goes("1.1!3"), "1.1");
  EXPECT_EQ(found.plan.Goes("1.9.4"), "1");
  EXPECT_EQ(found.plan.Goes("2"), "");
}

TEST(ReplacementPlan, StopsWhereTheWriterDoesAndTellsOfBytesThatAreGone) {
  Found found;
  const Message message = Mixed("--b\r\n\r\nx\r\n--b--");
  Walk(message, 7, found);
  found.plan.Replace("1", "gone");
  SpoolFile spool("/tmp", 100);
  ASSERT_TRUE(spool.Append(std::as_bytes(std::span(message.body))));
  int chunks = 0;
  EXPECT_FALSE(found.plan.Write(spool, [&](auto) { return ++chunks < 2; }));
  EXPECT_EQ(chunks, 2);
  EXPECT_FALSE(spool.Append(std::vector<std::byte>(101)));
  EXPECT_FALSE(found.plan.Write(spool, [](auto) { return true; }));
}

TEST(ReplacementPlan, KeepsTextsBounded) {
  Found found;
  const Message message = Mixed("--b\r\n\r\nx\r\n--b--");
  Walk(message, 7, found);
  for (int i = 0; i < 10'000; ++i) found.plan.Replace("1", std::to_string(i) + " is gone");
  EXPECT_LT(Written(found.plan, message.body).size(), ReplacementPlan::kMostText + 3'000);
}

}  // namespace
}  // namespace gatepost::attachments
