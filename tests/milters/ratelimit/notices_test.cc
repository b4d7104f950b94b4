// Notices against a mail server that takes them, refuses them or is not there.
#include "milters/ratelimit/notices.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <deque>
#include <fstream>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "common/base/unique_fd.h"
#include "common/config/config_error.h"
#include "common/store/memory_store.h"
#include "common/store/open.h"
#include "tests/support/journals.h"
#include "tests/support/temp_folder.h"

namespace gatepost::ratelimit {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

// Takes mail, one conversation after the other. Each answer that is given first is that to one
// RCPT; afterwards all recipients are fine.
class MailSink {
 public:
  struct Mail {
    std::string from;
    std::string to;
    std::string message;
  };

  explicit MailSink(std::deque<std::string> answers = {}) : answers_(std::move(answers)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    listener_.Reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::listen(listener_.get(), 8) != 0) {
      throw std::runtime_error("cannot listen");
    }
    ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~MailSink() {
    stopping_ = true;
    thread_.join();
  }

  std::string endpoint() const { return "127.0.0.1:" + std::to_string(port_); }
  std::vector<Mail> mails() const {
    const std::lock_guard lock(mutex_);
    return mails_;
  }
  std::vector<std::string> readers() const {
    std::vector<std::string> readers;
    for (const Mail& mail : mails()) readers.push_back(mail.to);
    return readers;
  }

 private:
  bool Readable(int fd) const {
    pollfd polled{fd, POLLIN, 0};
    while (!stopping_) {
      if (::poll(&polled, 1, 10) > 0) return true;
    }
    return false;
  }
  void Serve() {
    while (Readable(listener_.get())) {
      const base::UniqueFd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      Converse(client.get());
    }
  }
  void Converse(int client) {
    std::string unread;
    Say(client, "220 sink");
    Mail mail;
    while (auto line = Hear(client, unread, "\r\n")) {
      if (line->starts_with("MAIL FROM:")) mail.from = line->substr(10);
      if (line->starts_with("RCPT TO:")) mail.to = line->substr(8);
      Say(client, Answer(*line));
      if (line->starts_with("DATA")) {
        mail.message = Hear(client, unread, "\r\n.\r\n").value_or("");
        const std::lock_guard lock(mutex_);
        mails_.push_back(mail);
        Say(client, "250 taken");
      }
    }
  }
  std::string Answer(const std::string& line) {
    if (line.starts_with("DATA")) return "354 go";
    if (!line.starts_with("RCPT") || answers_.empty()) return "250 ok";
    std::string answer = answers_.front();
    answers_.pop_front();
    return answer;
  }
  static void Say(int client, const std::string& text) {
    const std::string line = text + "\r\n";
    ::send(client, line.data(), line.size(), MSG_NOSIGNAL);
  }
  std::optional<std::string> Hear(int client, std::string& unread, const std::string& end) const {
    std::size_t at = 0;
    while ((at = unread.find(end)) == std::string::npos) {
      std::array<char, 4096> chunk;
      if (!Readable(client)) return std::nullopt;
      const ssize_t size = ::recv(client, chunk.data(), chunk.size(), 0);
      if (size <= 0) return std::nullopt;
      unread.append(chunk.data(), static_cast<std::size_t>(size));
    }
    std::string heard = unread.substr(0, at);
    unread.erase(0, at + end.size());
    return heard;
  }

  std::deque<std::string> answers_;
  base::UniqueFd listener_;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_ = false;
  mutable std::mutex mutex_;
  std::vector<Mail> mails_;
  std::thread thread_;
};

class NoticesTest : public testing::Test {
 protected:
  NoticeRules RulesFor(const std::string& server) {
    NoticeRules rules;
    rules.admins = {"ops@example.org", "alice@example.org"};
    rules.server = server;
    const std::string table = (folder_.path() / "languages").string();
    std::ofstream(table) << "example.org de admin@example.org\nops@example.org en\n";
    rules.languages = table;
    rules.retry_after = {1ms, 1ms};
    return rules;
  }
  Notices Make(const std::string& server) {
    return Notices(RulesFor(server), "mx.example.org", store_, journal_, clock_);
  }
  static NoticeFacts Near() {
    return {NoticeKind::kLimitNear,
            "alice@example.org",
            {{"used", "212"}, {"percent", "84"}},
            "hourly",
            1h,
            true,
            NoticeFacts::NamedLimit{250, *limits::Limit::Parse("250 recipients / hour by user")}};
  }
  static NoticeFacts Suspended(bool tell_owner) {
    return {NoticeKind::kSuspended,
            "alice@example.org",
            {{"evidence", "score 9"}, {"reference", "4XyZ"}, {"by", "detector"}},
            "1",
            1h,
            tell_owner};
  }

  support::TempFolder folder_;
  base::ManualClock clock_;
  store::MemoryStore store_{clock_};
  support::RecordingJournal journal_;
};

TEST_F(NoticesTest, TellsTheOwnerAndTheDomainsAdministratorOfALimit) {
  MailSink sink;
  Notices notices = Make(sink.endpoint());
  notices.Post(Near());
  notices.Flush();
  EXPECT_THAT(sink.readers(), UnorderedElementsAre("<alice@example.org>", "<admin@example.org>"));
  const MailSink::Mail mail = sink.mails().front();
  EXPECT_EQ(mail.from, "<>");
  EXPECT_THAT(mail.message, HasSubstr("Auto-Submitted: auto-generated\r\n"));
  EXPECT_THAT(mail.message, HasSubstr("From: postmaster@mx.example.org\r\n"));
  EXPECT_THAT(mail.message,
              HasSubstr("Subject: Mailkonto alice@example.org: 84 % einer Grenze erreicht\r\n"));
}

TEST_F(NoticesTest, TellsEachOnceInItsTimeAmongAllHosts) {
  MailSink sink;
  Notices one = Make(sink.endpoint());
  Notices other = Make(sink.endpoint());
  for (int i = 0; i < 100; ++i) one.Post(Near());
  one.Flush();
  other.Post(Near());
  other.Flush();
  EXPECT_EQ(sink.mails().size(), 2);
  NoticeFacts daily = Near();
  daily.once = "daily";
  other.Post(daily);
  other.Flush();
  EXPECT_EQ(sink.mails().size(), 4);
  clock_.Advance(61min);
  other.Post(Near());
  other.Flush();
  EXPECT_EQ(sink.mails().size(), 6);
  EXPECT_EQ(journal_.count("ratelimit.notices_sent"), 6);
}

TEST_F(NoticesTest, AfterTheMemoryIsGoneTheStoreStillKnows) {
  MailSink sink;
  for (int i = 0; i < 2; ++i) {
    Notices notices = Make(sink.endpoint());
    notices.Post(Near());
    notices.Flush();
  }
  EXPECT_EQ(sink.mails().size(), 2);
}

TEST_F(NoticesTest, WhileTheStoreIsAwayEachHostTellsOnce) {
  MailSink sink;
  store::StoreOptions nowhere;
  nowhere.url = "redis://127.0.0.1:1";
  const auto away = store::Open(nowhere, clock_);
  Notices notices(RulesFor(sink.endpoint()), "mx.example.org", *away, journal_, clock_);
  for (int i = 0; i < 3; ++i) {
    notices.Post(Near());
    notices.Flush();
  }
  EXPECT_EQ(sink.mails().size(), 2);
}

TEST_F(NoticesTest, TheOwnerOfASuspendedAccountGetsOtherWordsThanTheAdministrators) {
  MailSink sink;
  Notices notices = Make(sink.endpoint());
  notices.Post(Suspended(true));
  notices.Flush();
  const auto mails = sink.mails();
  ASSERT_THAT(sink.readers(), UnorderedElementsAre("<alice@example.org>", "<ops@example.org>"));
  const bool first = mails[0].to == "<ops@example.org>";
  EXPECT_THAT(mails[first ? 0 : 1].message, HasSubstr("score 9"));
  EXPECT_THAT(mails[first ? 1 : 0].message, HasSubstr("base64"));  // German
}

TEST_F(NoticesTest, TheOwnerNeedNotBeTold) {
  MailSink sink;
  Notices notices = Make(sink.endpoint());
  notices.Post(Suspended(false));
  notices.Flush();
  EXPECT_THAT(sink.readers(), ElementsAre("<ops@example.org>"));
}

TEST_F(NoticesTest, AnAccountThatIsNoAddressIsNotWrittenTo) {
  MailSink sink;
  Notices notices = Make(sink.endpoint());
  NoticeFacts facts = Near();
  facts.account = "alice";
  notices.Post(facts);
  notices.Flush();
  EXPECT_THAT(sink.mails(), IsEmpty());
}

TEST_F(NoticesTest, TriesAgainWhereTheServerHasNoTime) {
  MailSink sink({"451 later", "250 ok", "450 later"});
  Notices notices = Make(sink.endpoint());
  notices.Post(Near());
  notices.Flush();
  EXPECT_THAT(sink.readers(), UnorderedElementsAre("<alice@example.org>", "<admin@example.org>"));
  EXPECT_THAT(journal_.events(), IsEmpty());
}

TEST_F(NoticesTest, ARefusalForGoodIsTold) {
  MailSink sink({"550 no such user"});
  Notices notices = Make(sink.endpoint());
  notices.Post(Suspended(false));
  notices.Flush();
  ASSERT_EQ(journal_.events().size(), 1);
  EXPECT_EQ(journal_.events()[0].kind, "notice_lost");
  EXPECT_EQ(journal_.events()[0].subject, "alice@example.org");
  EXPECT_THAT(journal_.events()[0].text, HasSubstr("to ops@example.org: "));
}

TEST_F(NoticesTest, WithoutAMailServerItGivesUpAfterAFewTries) {
  Notices notices = Make("127.0.0.1:1");
  notices.Post(Near());
  notices.Flush();
  EXPECT_EQ(journal_.count("ratelimit.notices_lost"), 2);
}

TEST_F(NoticesTest, WhatWasPostedBeforeTheEndIsStillSent) {
  MailSink sink;
  {
    Notices notices = Make(sink.endpoint());
    notices.Post(Suspended(false));
  }
  EXPECT_EQ(sink.mails().size(), 1);
}

TEST_F(NoticesTest, WrongRulesAreABadConfiguration) {
  NoticeRules rules = RulesFor("192.0.2.1:25");
  EXPECT_THROW(Notices::Check(rules, "mx.example.org"), config::ConfigError);
  rules.server = "127.0.0.1:25";
  EXPECT_NO_THROW(Notices::Check(rules, "mx.example.org"));
  rules.templates = (folder_.path() / "none").string();
  EXPECT_THROW(Notices::Check(rules, "mx.example.org"), config::ConfigError);
}

}  // namespace
}  // namespace gatepost::ratelimit
