#include "tools/dmarc-report/report_marks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/store/keys.h"
#include "common/store/memory_store.h"
#include "tools/dmarc-report/sender_lease.h"

namespace gatepost::dmarc_report {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

const ReportMark kMark{
    false,
    {{"a@example.com", "0123", true, 0, 0}, {"b@example.com", "4567", false, 3, 1'700'000'000}}};

TEST(ReportMark, IsReadBackAsItWasWritten) {
  EXPECT_EQ(*DecodeMark(Encode(kMark)), kMark);
  EXPECT_EQ(*DecodeMark(Encode(ReportMark{true, {}})), (ReportMark{true, {}}));
}

TEST(ReportMark, WhatWasNotWrittenSoIsNoMark) {
  for (const char* text : {"", "open", "other\n", "open\nsent 0 0 t\n", "open\nsent x 0 t a@b\n",
                           "open\nsent -1 0 t a@b\n", "open\nmaybe 0 0 t a@b\n",
                           "open\nsent 0 0 t a@b c\n", "open\n\n"}) {
    EXPECT_FALSE(DecodeMark(text)) << text;
  }
  std::string many = "open\n";
  for (int i = 0; i < 1000; ++i) many += "sent 0 0 t a@b\n";
  EXPECT_FALSE(DecodeMark(many));
}

TEST(ReportMarks, OneThatCannotBeReadIsLeftOut) {
  store::MemoryStore store(base::SystemClock::Instance());
  ReportMarks marks(store);
  ASSERT_TRUE(marks.Write(7, "example.com", kMark, StoreDeadline()));
  ASSERT_TRUE(store.SetField(store::KeyMaker::Admin("dmarc-report-day-7"), "bad.example", "?",
                             StoreDeadline()));
  const auto read = marks.Read(7, StoreDeadline());
  ASSERT_THAT(*read, SizeIs(1));
  EXPECT_EQ(read->at("example.com"), kMark);
  ASSERT_TRUE(marks.ForgetDay(7, StoreDeadline()));
  EXPECT_THAT(*marks.Read(7, StoreDeadline()), IsEmpty());
}

}  // namespace
}  // namespace gatepost::dmarc_report
