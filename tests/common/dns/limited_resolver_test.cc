#include "common/dns/limited_resolver.h"

#include "tests/support/memory_resolver.h"

namespace gatepost::dns {
namespace {

TEST(LimitedResolver, AsksNoMoreThanItMayAndAnswersTheRestAtOnce) {
  test::MemoryResolver all("a.example A 192.0.2.1\nb.example A 192.0.2.2\n");
  LimitedResolver limited(all, 2);
  EXPECT_EQ(limited.Ask("a.example", RecordType::kA).Wait({})->status, Status::kOk);
  EXPECT_EQ(limited.Ask("b.example", RecordType::kA).Wait({})->status, Status::kOk);
  const Query third = limited.Ask("a.example", RecordType::kA);
  EXPECT_TRUE(third.Ready());
  EXPECT_EQ(third.Wait({})->status, Status::kOverloaded);
  EXPECT_EQ(all.Total(), 2U);
}

}  // namespace
}  // namespace gatepost::dns
