#include "tools/dmarc-report/report_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/config/config_error.h"

namespace gatepost::dmarc_report {
namespace {

using namespace std::chrono_literals;

base::WallTime Unix(std::int64_t seconds) { return base::WallTime(std::chrono::seconds(seconds)); }

TEST(ReportPolicy, EveryReportHasItsTimeWithinTheSpread) {
  const ScheduleOptions schedule{.delay = 1h, .spread = 6h};
  base::WallTime first = base::WallTime::max();
  base::WallTime last = base::WallTime::min();
  for (int i = 0; i < 1000; ++i) {
    const ReportIdentity identity{"mx.example.org", "d" + std::to_string(i) + ".example", 20'000};
    const auto time = SendTime(identity, schedule);
    EXPECT_EQ(time, SendTime(identity, schedule));
    first = std::min(first, time);
    last = std::max(last, time);
  }
  const base::WallTime end = Unix(20'001 * 86'400);
  EXPECT_GE(first, end + 1h);
  EXPECT_LT(first, end + 1h + 5min);
  EXPECT_LT(last, end + 7h);
  EXPECT_GT(last, end + 7h - 5min);
}

TEST(ReportPolicy, AReportIsTooOldAfterItsTime) {
  const ScheduleOptions schedule{.give_up = 72h};
  const ReportIdentity identity{"mx.example.org", "example.com", 20'000};
  EXPECT_FALSE(IsTooOld(identity, Unix(20'004 * 86'400 - 1), schedule));
  EXPECT_TRUE(IsTooOld(identity, Unix(20'004 * 86'400), schedule));
}

TEST(ReportPolicy, RetriesBecomeRare) {
  EXPECT_EQ(RetryAfter(1), 15min);
  EXPECT_EQ(RetryAfter(2), 30min);
  EXPECT_EQ(RetryAfter(3), 60min);
  EXPECT_EQ(RetryAfter(1'000'000), 12h);
}

TEST(ReportPolicy, ExclusionsKnowDomainsInAnyForm) {
  ReportOptions options;
  options.exclude.domains = {
      "B\xc3\xbc"
      "cher.example"};
  options.reporter.domain = "mx.example.org";
  options.mail.from = "dmarc@news.example.net";
  const ExcludedDomains excluded(options);
  for (const char* name :
       {"xn--bcher-kva.example", "a.xn--bcher-kva.example", "mx.example.org", "news.example.net"}) {
    EXPECT_TRUE(excluded.Contains(*mail::Domain::Parse(name))) << name;
  }
  for (const char* name : {"example.org", "example.net", "cher.example"}) {
    EXPECT_FALSE(excluded.Contains(*mail::Domain::Parse(name))) << name;
  }
}

TEST(ReportPolicy, ExcludedAddressesAreWholeOrADomains) {
  const ExcludeOptions exclude{{}, {"one@example.com", "@all.example"}};
  for (const char* address : {"ONE@EXAMPLE.COM", "x@All.Example", "not an address", ""}) {
    EXPECT_TRUE(IsExcluded(address, exclude)) << address;
  }
  for (const char* address : {"two@example.com", "x@sub.all.example", "x@l.example"}) {
    EXPECT_FALSE(IsExcluded(address, exclude)) << address;
  }
}

std::string Completed(const std::function<void(ReportOptions&)>& change) {
  ReportOptions options;
  options.enabled = true;
  options.reporter = {"Org", "a@example.org", "", ""};
  options.mail.from = "dmarc@Example.org";
  change(options);
  try {
    Complete(options);
  } catch (const config::ConfigError& error) {
    return error.what();
  }
  return options.reporter.domain;
}

TEST(ReportOptions, WhatIsMissingIsNamed) {
  EXPECT_EQ(Completed([](auto&) {}), "example.org");
  EXPECT_EQ(Completed([](auto& o) { o.enabled = false; }), "");
  EXPECT_THAT(Completed([](auto& o) { o.reporter.organization = ""; }),
              testing::HasSubstr("reporter.organization is needed"));
  EXPECT_THAT(Completed([](auto& o) { o.reporter.contact = ""; }),
              testing::HasSubstr("reporter.contact is needed"));
  EXPECT_THAT(Completed([](auto& o) { o.mail.from = ""; }),
              testing::HasSubstr("mail.from is needed"));
  EXPECT_THAT(Completed([](auto& o) { o.mail.server = "192.0.2.1:25"; }),
              testing::HasSubstr("another host"));
  EXPECT_THAT(Completed([](auto& o) { o.schedule.lease = 1min; }),
              testing::HasSubstr("schedule.lease must be above"));
  EXPECT_THAT(Completed([](auto& o) {
                o.mail.bounce_address = std::string(32, 'b').append("@example.org");
              }),
              testing::HasSubstr("no room for a token"));
  EXPECT_THAT(Completed([](auto& o) {
                for (int i = 0; i < 25; ++i) o.reporter.domain += "abcdefghi.";
                o.reporter.domain += "x";
              }),
              testing::HasSubstr("too long"));
}

}  // namespace
}  // namespace gatepost::dmarc_report
