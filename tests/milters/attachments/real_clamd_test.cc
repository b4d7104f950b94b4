// With the real clamd, started privately with a database of one signature.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "common/base/base64.h"
#include "milters/attachments/clamd_client.h"
#include "tests/support/program.h"
#include "tests/support/temp_folder.h"

namespace gatepost::attachments {
namespace {

using testing::HasSubstr;
using Outcome = ClamdVerdict::Outcome;

constexpr const char* kProgram = "/usr/sbin/clamd";

std::span<const std::byte> Bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

// Assembled, so that no scanner takes this file for one that holds it.
std::string Eicar() {
  const std::array<std::string, 4> pieces{"X5O!P%@AP[4\\PZX54(P^)", "7CC)7}$EIC",
                                          "AR-STANDARD-ANTIVI", "RUS-TEST-FILE!$H+H*"};
  return pieces[0] + pieces[1] + pieces[2] + pieces[3];
}

std::string Hex(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const char c : text) {
    hex += kDigits[static_cast<unsigned char>(c) >> 4];
    hex += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return hex;
}

class RealClamd : public testing::Test {
 protected:
  void SetUp() override {
    if (::access(kProgram, X_OK) != 0) GTEST_SKIP() << "clamav-daemon is not installed";
    const std::filesystem::path database = folder_.path() / "database";
    std::filesystem::create_directory(database);
    std::ofstream(database / "test.ndb") << "Gatepost.Test:0:*:" << Hex(Eicar()) << "\n";
    socket_ = folder_.path() / "clamd.ctl";
    std::ofstream(folder_.path() / "clamd.conf")
        << "Foreground yes\nStreamMaxLength 1M\nLocalSocket " << socket_ << "\nDatabaseDirectory "
        << database.string() << "\nTemporaryDirectory " << folder_.path().string() << "\n";
    auto started = support::Program::Start(
        {kProgram, "--config-file=" + (folder_.path() / "clamd.conf").string()},
        folder_.path() / "log");
    ASSERT_TRUE(started) << started.error().message;
    clamd_.emplace(std::move(*started));
    const auto ready = clamd_->WaitForSocket("unix:" + socket_);
    ASSERT_TRUE(ready) << ready.error().message;
  }
  ClamdVerdict Check(std::string_view message) const {
    ClamdOptions options;
    options.server = "unix:" + socket_;
    options.time = std::chrono::seconds(60);
    ClamdClient client(options);
    ClamdScan scan = client.Begin();
    scan.Feed(Bytes(message));
    return scan.Finish();
  }

  support::TempFolder folder_;
  std::string socket_;
  std::optional<support::Program> clamd_;
};

std::string WithAttachment(const std::string& content) {
  return "From: a@example.org\r\nTo: b@example.org\r\nSubject: a file\r\nMIME-Version: 1.0\r\n"
         "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n"
         "Here it is.\r\n--b\r\nContent-Type: application/octet-stream; name=f.com\r\n"
         "Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment\r\n\r\n" +
         base::EncodeBase64(Bytes(content)) + "\r\n--b--\r\n";
}

TEST_F(RealClamd, AnswersPing) {
  ClamdOptions options;
  options.server = "unix:" + socket_;
  EXPECT_TRUE(ClamdClient(options).Ping());
}

TEST_F(RealClamd, FindsWhatItKnowsInAMessageAndNothingInOthers) {
  EXPECT_EQ(Check(WithAttachment("harmless")).outcome, Outcome::kClean);
  const ClamdVerdict verdict = Check(WithAttachment(Eicar()));
  EXPECT_EQ(verdict.outcome, Outcome::kFound) << verdict.text;
  EXPECT_THAT(verdict.text, HasSubstr("Gatepost.Test"));
}

TEST_F(RealClamd, SaysWhatIsTooLargeForIt) {
  const ClamdVerdict verdict = Check(std::string(3'000'000, 'x'));
  EXPECT_EQ(verdict.outcome, Outcome::kTooLarge) << verdict.text;
}

}  // namespace
}  // namespace gatepost::attachments
