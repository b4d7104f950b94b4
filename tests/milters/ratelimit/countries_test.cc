#include "milters/ratelimit/countries.h"

#include <filesystem>
#include <fstream>

#include "common/config/config_error.h"
#include "tests/support/temp_folder.h"

namespace gatepost::ratelimit {
namespace {

const std::string kFile = GATEPOST_SOURCE_DIR "/tests/milters/ratelimit/vectors/countries.mmdb";

std::string Find(const Countries& countries, const char* address) {
  return countries.Find(*base::IpAddress::Parse(address));
}

TEST(CountriesTest, FindsTheCountryOfAnAddress) {
  const auto countries = Countries::Load(kFile);
  EXPECT_EQ(Find(*countries, "192.0.2.77"), "DE");
  EXPECT_EQ(Find(*countries, "::ffff:192.0.2.77"), "DE");
  EXPECT_EQ(Find(*countries, "198.51.100.1"), "FR");
  EXPECT_EQ(Find(*countries, "203.0.113.1"), "IT") << "where another vendor writes it";
  EXPECT_EQ(Find(*countries, "2001:db8::1"), "ES");
}

TEST(CountriesTest, KnowsNothingOfTheRest) {
  const auto countries = Countries::Load(kFile);
  EXPECT_EQ(Find(*countries, "10.1.2.3"), "");
  EXPECT_EQ(Find(*countries, "2001:db9::1"), "");
  EXPECT_EQ(Find(*countries, "2001:db8:ffff::1"), "") << "no two letters";
  EXPECT_EQ(countries->Find({}), "");
  EXPECT_EQ(Find(*Countries::Load(""), "192.0.2.77"), "");
}

std::string Complaint(const std::string& path) {
  try {
    Countries::Load(path);
  } catch (const config::ConfigError& error) {
    return error.what();
  }
  return "";
}

TEST(CountriesTest, AFileThatIsNoneIsAnError) {
  const support::TempFolder folder;
  const std::string text = folder.path() / "text.mmdb";
  std::ofstream(text) << "not a database";
  EXPECT_THAT(Complaint(text), testing::StartsWith(text + ": "));
  EXPECT_THAT(Complaint("/nowhere/countries.mmdb"), testing::StartsWith("/nowhere/countries.mmdb"));
}

// What is cut or changed must not be trusted, nor end the process.
TEST(CountriesTest, ADamagedFileFindsNothingOrIsAnError) {
  const support::TempFolder folder;
  std::ifstream in(kFile, std::ios::binary);
  const std::string whole((std::istreambuf_iterator<char>(in)), {});
  for (std::size_t at = 0; at < whole.size(); at += 13) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(~damaged[at]);
    const std::string path = folder.path() / "damaged.mmdb";
    std::ofstream(path, std::ios::binary) << damaged;
    try {
      const auto countries = Countries::Load(path);
      EXPECT_LE(Find(*countries, "192.0.2.77").size(), 2U);
      EXPECT_LE(Find(*countries, "2001:db8::1").size(), 2U);
    } catch (const config::ConfigError&) {
      continue;
    }
  }
}

}  // namespace
}  // namespace gatepost::ratelimit
