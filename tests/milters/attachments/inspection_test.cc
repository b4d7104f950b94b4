// The parts of a message as they stream by, with a scanner that says what the test wants.
#include "milters/attachments/inspection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <functional>

#include "common/base/base64.h"
#include "tests/support/temp_folder.h"

namespace gatepost::attachments {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

const std::string kZip = "PK\x03\x04" + std::string(26, '\0') + "member";
const std::string kPicture = "\x89PNG\r\n\x1a\n" + std::string(40, '\1');

ScanResult Found(std::chrono::microseconds spent, std::uint64_t unpacked) {
  return {{"zip", Kind::kArchive}, {}, spent, unpacked};
}

std::string Zip(std::size_t bytes) { return kZip + std::string(bytes - kZip.size(), 'x'); }

class FakeScanner final : public ScannerClient {
 public:
  struct Asked {
    std::vector<std::string> names;
    std::string content;
    bool sha256 = false;
    ScanBudget budget;
    base::Deadline deadline;
  };
  base::Result<ScanResult> Scan(const ScanRequest& request, int fd, std::uint64_t size,
                                const OnMember& on_member, base::Deadline deadline) override {
    std::string content(size, '\0');
    EXPECT_EQ(::pread(fd, content.data(), size, 0), static_cast<ssize_t>(size));
    asked.push_back({request.names, content, request.sha256, request.budget, deadline});
    return answer(on_member);
  }

  std::vector<Asked> asked;
  std::function<base::Result<ScanResult>(const OnMember&)> answer = [](const OnMember&) {
    return Found(0us, 0);
  };
};

struct KeptItems final : ItemSink {
  std::vector<Item> items;
  std::vector<std::string> done;  // paths of parts
  void OnItem(Item item) override { items.push_back(std::move(item)); }
  void OnPartDone(const mime::Part& part) override { done.push_back(part.path); }

  // "1.2 a.zip zip 40 property"
  std::vector<std::string> Lines() const {
    std::vector<std::string> lines;
    for (const Item& item : items) {
      std::string line = item.part + " " + item.path + " " + std::string(item.type.name) + " " +
                         std::to_string(item.bytes);
      if (item.properties.any()) line += " " + item.properties.Format();
      lines.push_back(std::move(line));
    }
    return lines;
  }
};

std::string Encoded(const std::string& type, const std::string& name, const std::string& content) {
  return "--b\r\nContent-Type: " + type + "; name=\"" + name +
         "\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
         base::EncodeBase64(std::as_bytes(std::span(content))) + "\r\n";
}

class InspectionTest : public testing::Test {
 protected:
  InspectionTest() { limits_.spool_folder = folder_.path(); }

  Inspection& Begin() {
    return inspection_.emplace(limits_, scanner_, clock_, static_cast<ItemSink&>(told_));
  }

  // Its parts in "--b"; in pieces of that size.
  void Walk(const std::string& body, std::size_t piece = 1'000'000) {
    mime::Walker walker(Begin());
    walker.Begin({{"Content-Type", " multipart/mixed; boundary=b"}});
    for (std::size_t at = 0; at < body.size(); at += piece) {
      walker.Feed(std::as_bytes(std::span(body).subspan(at, std::min(piece, body.size() - at))));
    }
    walker.Finish();
  }

  // Parts that are open at once, each within the one before it, then ended from the innermost out.
  // They are put aside as soon as it is known what they are: from kSignatureBytes on.
  void WalkNested(const std::vector<std::string>& contents) {
    Begin();
    std::vector<mime::Part> parts;
    for (const std::string& content : contents) {
      mime::Part& part = parts.emplace_back();
      part.number = parts.size();
      part.path = std::string(parts.size(), '1');
      part.names = {std::to_string(parts.size()) + ".zip"};
      part.encodings = {mime::TransferEncoding::kIdentity};
      inspection_->OnPart(part);
      inspection_->OnContent(part, 0, std::as_bytes(std::span(content)));
    }
    for (auto part = parts.rbegin(); part != parts.rend(); ++part) inspection_->OnPartEnd(*part);
    std::ranges::reverse(told_.items);
    std::ranges::reverse(scanner_.asked);
  }

  const support::TempFolder folder_;
  base::ManualClock clock_;
  FakeScanner scanner_;
  KeptItems told_;
  InspectionLimits limits_;
  std::optional<Inspection> inspection_;
};

TEST_F(InspectionTest, TellsEachPartByWhatItIsHoweverItStreamsBy) {
  const std::string body = "--b\r\n\r\nHello.\r\n" + Encoded("image/png", "a.png", kPicture) +
                           Encoded("image/png", "b.zip", kZip) +
                           Encoded("text/plain", "empty.txt", "") + "--b--\r\n";
  for (const std::size_t piece : {1, 3, 100, 100'000}) {
    told_ = {};
    scanner_.asked.clear();
    Walk(body, piece);
    EXPECT_THAT(told_.Lines(), ElementsAre("1 (no name) text 6", "2 a.png png 48", "3 b.zip zip 36",
                                           "4 empty.txt unknown 0", "  unknown 0"))
        << piece;
    EXPECT_THAT(told_.done, ElementsAre("1", "2", "3", "4", "")) << piece;
    EXPECT_EQ(inspection_->items(), 5u);
    ASSERT_EQ(scanner_.asked.size(), 1u) << piece;
    EXPECT_THAT(scanner_.asked[0].names, ElementsAre("b.zip"));
    EXPECT_EQ(scanner_.asked[0].content, kZip) << piece;
  }
}

TEST_F(InspectionTest, TellsMembersByThePathThatLeadsToThem) {
  scanner_.answer = [](const ScannerClient::OnMember& on_member) -> base::Result<ScanResult> {
    Item member;
    member.path = "b.eml/c.exe";
    on_member(std::move(member));
    return Found(0us, 0);
  };
  Walk(Encoded("application/zip", "a.zip", kZip) + "--b--\r\n");
  ASSERT_EQ(told_.items.size(), 3u);
  EXPECT_EQ(told_.items[0].path, "a.zip/b.eml/c.exe");
  EXPECT_EQ(told_.items[0].part, "1");
  EXPECT_TRUE(told_.items[0].member);
  EXPECT_FALSE(told_.items[1].member);
}

TEST_F(InspectionTest, AllPartsTogetherHaveOneBudget) {
  limits_.scan.members = 10;
  limits_.scan.bytes = 1'000;
  limits_.scan.time = 900ms;
  scanner_.answer = [](const ScannerClient::OnMember& on_member) -> base::Result<ScanResult> {
    for (int i = 0; i < 3; ++i) on_member({});
    return Found(250ms, 400);
  };
  std::string body;
  for (const char* name : {"1.zip", "2.zip", "3.zip", "4.zip", "5.zip"}) {
    body += Encoded("application/zip", name, kZip);
  }
  Walk(body + "--b--\r\n");
  struct Left {
    std::size_t members;
    std::uint64_t bytes;
    std::chrono::milliseconds time;
  };
  const Left want[] = {{10, 1'000, 900ms}, {7, 600, 650ms}, {4, 200, 400ms}, {1, 0, 150ms}};
  ASSERT_EQ(scanner_.asked.size(), std::size(want));
  for (std::size_t i = 0; i < std::size(want); ++i) {
    const ScanBudget& budget = scanner_.asked[i].budget;
    EXPECT_EQ(budget.members, want[i].members) << i;
    EXPECT_EQ(budget.bytes, want[i].bytes) << i;
    EXPECT_EQ(budget.time, want[i].time) << i;
  }
  EXPECT_EQ(told_.Lines().at(16), "5 5.zip zip 36 over-budget");
  EXPECT_FALSE(inspection_->trouble());
}

TEST_F(InspectionTest, WhenTheTimeIsUpTheRestIsBeyondTheBudget) {
  limits_.scan.time = 400ms;
  scanner_.answer = [](const ScannerClient::OnMember&) { return Found(500ms, 0); };
  Walk(Encoded("application/zip", "1.zip", kZip) + Encoded("application/zip", "2.zip", kZip) +
       "--b--\r\n");
  EXPECT_EQ(scanner_.asked.size(), 1u);
  EXPECT_THAT(told_.Lines(),
              ElementsAre("1 1.zip zip 36", "2 2.zip zip 36 over-budget", "  unknown 0"));
}

TEST_F(InspectionTest, AScannerThatDoesNotAnswerIsTroubleOfOurs) {
  scanner_.answer = [](const ScannerClient::OnMember&) -> base::Result<ScanResult> {
    return tl::unexpected(base::Error{base::ErrorKind::kUnavailable, "it died"});
  };
  Walk(Encoded("application/zip", "1.zip", kZip) + Encoded("image/png", "2.png", kPicture) +
       "--b--\r\n");
  EXPECT_THAT(told_.Lines(),
              ElementsAre("1 1.zip zip 36 unscanned", "2 2.png png 48", "  unknown 0"));
  ASSERT_TRUE(inspection_->trouble());
  EXPECT_EQ(inspection_->trouble()->message, "it died");
}

TEST_F(InspectionTest, AllPartsTogetherWaitSoLongForTheScanner) {
  limits_.scan_wait = 10s;
  scanner_.answer = [&](const ScannerClient::OnMember&) {
    clock_.Advance(6s);
    return Found(0us, 0);
  };
  const base::SteadyTime start = clock_.Steady();
  Walk(Encoded("application/zip", "1.zip", kZip) + Encoded("application/zip", "2.zip", kZip) +
       Encoded("application/zip", "3.zip", kZip) + "--b--\r\n");
  ASSERT_EQ(scanner_.asked.size(), 2u);
  EXPECT_EQ(scanner_.asked[0].deadline, start + 10s);
  EXPECT_EQ(scanner_.asked[1].deadline, start + 6s + 4s);
  EXPECT_EQ(inspection_->scanned(), 12s);
  EXPECT_EQ(told_.Lines().at(2), "3 3.zip zip 36 unscanned");
  ASSERT_TRUE(inspection_->trouble());
  EXPECT_EQ(inspection_->trouble()->kind, base::ErrorKind::kTimeout);
}

TEST_F(InspectionTest, OneThatIsLargerThanItsRoomIsBeyondTheBudget) {
  limits_.spool_bytes = 1'000;
  const std::string most = Zip(1'000);
  Walk(Encoded("application/zip", "most.zip", most) +
       Encoded("application/zip", "more.zip", most + "x") + "--b--\r\n");
  EXPECT_THAT(told_.Lines(),
              ElementsAre("1 most.zip zip 1000", "2 more.zip zip 1001 over-budget", "  unknown 0"));
  EXPECT_EQ(scanner_.asked.size(), 1u);
  EXPECT_FALSE(inspection_->trouble());
}

TEST_F(InspectionTest, PartsThatAreOpenAtOnceShareTheRoom) {
  limits_.spool_bytes = 24'000;
  std::vector<std::string> fitting, larger;
  for (const std::size_t room : {24'000, 12'000, 8'000, 6'000}) {
    fitting.push_back(Zip(room));
    larger.push_back(fitting.back() + "x");
  }
  WalkNested(fitting);
  ASSERT_EQ(scanner_.asked.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(scanner_.asked[i].content, fitting[i]) << i;
  scanner_.asked.clear();
  told_ = {};
  WalkNested(larger);
  EXPECT_THAT(scanner_.asked, IsEmpty());
  for (const Item& item : told_.items) {
    EXPECT_EQ(item.properties, Properties{Property::kOverBudget}) << item.path;
  }
}

TEST_F(InspectionTest, OfPartsThatAreOpenAtOnceSixteenArePutAside) {
  WalkNested(std::vector<std::string>(18, Zip(kSignatureBytes)));
  EXPECT_EQ(scanner_.asked.size(), 16u);
  ASSERT_EQ(told_.items.size(), 18u);
  for (std::size_t i = 0; i < 18; ++i) {
    EXPECT_EQ(told_.items[i].properties.Has(Property::kTooDeep), i >= 16) << i;
  }
}

TEST_F(InspectionTest, RoomIsFreeAgainOnceAPartHasEnded) {
  limits_.spool_bytes = 1'000;
  const std::string most = Zip(1'000);
  std::string body;
  for (int i = 0; i < 20; ++i) body += Encoded("application/zip", "a.zip", most);
  Walk(body + "--b--\r\n");
  EXPECT_EQ(scanner_.asked.size(), 20u);
}

TEST_F(InspectionTest, AZipBehindAPictureCountsWhereItHasMembers) {
  const std::string body = Encoded("image/png", "a.png", kPicture + kZip) + "--b--\r\n";
  Walk(body);
  ASSERT_EQ(scanner_.asked.size(), 1u);
  EXPECT_EQ(scanner_.asked[0].content, kZip);
  EXPECT_THAT(told_.Lines(), ElementsAre("1 a.png png 84", "  unknown 0"));

  told_ = {};
  scanner_.answer = [](const ScannerClient::OnMember& on_member) -> base::Result<ScanResult> {
    on_member({});
    ScanResult found = Found(0us, 0);
    found.properties.Add(Property::kEncryptedMember);
    return found;
  };
  Walk(body);
  EXPECT_EQ(told_.Lines().at(1), "1 a.png png 84 encrypted-member,hidden-data");
}

TEST_F(InspectionTest, HashesWhatIsAskedForAlone) {
  const std::string zip = Encoded("application/zip", "a.zip", kZip);
  const std::string text = "--b\r\n\r\nHello.\r\n" + Encoded("text/plain", "b.txt", "b");
  struct Case {
    bool all, files;
    std::vector<bool> hashed;  // zip, the text, the attached text
  };
  for (const Case& c :
       {Case{false, false, {false, false, false}}, Case{true, false, {true, false, true}},
        Case{false, true, {true, false, false}}}) {
    limits_.sha256 = c.all;
    limits_.sha256_of_files = c.files;
    told_ = {};
    scanner_.asked.clear();
    Walk(zip + text + "--b--\r\n");
    ASSERT_EQ(told_.items.size(), 4u);
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_EQ(!told_.items[i].sha256.empty(), c.hashed[i]) << c.all << c.files << i;
    }
    ASSERT_EQ(scanner_.asked.size(), 1u);
    EXPECT_EQ(scanner_.asked[0].sha256, c.all);
  }
}

TEST_F(InspectionTest, LimitsOfTheWalkHoldForTheMessage) {
  Begin();
  EXPECT_FALSE(inspection_->message().any());
  inspection_->OnWalkLimit(mime::WalkLimit::kDepth);
  EXPECT_EQ(inspection_->message(), Properties{Property::kTooDeep});
  inspection_->OnWalkLimit(mime::WalkLimit::kParts);
  EXPECT_EQ(inspection_->message(), (Properties{Property::kTooDeep, Property::kTooManyParts}));
}

}  // namespace
}  // namespace gatepost::attachments
