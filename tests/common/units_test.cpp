#include "common/crawl/units.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace common {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;

TEST(Units, ReadDurations) {
  EXPECT_EQ(parse_duration("100ms"), milliseconds(100));
  EXPECT_EQ(parse_duration("1.5s"), milliseconds(1500));
  EXPECT_EQ(parse_duration("2m"), minutes(2));
  EXPECT_EQ(parse_duration("2min"), minutes(2));
  EXPECT_EQ(parse_duration("24h"), hours(24));
  EXPECT_EQ(parse_duration("50us"), microseconds(50));
  EXPECT_EQ(parse_duration("0"), Duration::zero());
  EXPECT_EQ(parse_duration("0s"), Duration::zero());
}

TEST(Units, ReadSizes) {
  EXPECT_EQ(parse_size("512B"), 512U);
  EXPECT_EQ(parse_size("64KiB"), 65536U);
  EXPECT_EQ(parse_size("1.5MiB"), 1572864U);
  EXPECT_EQ(parse_size("2GiB"), 2147483648U);
  EXPECT_EQ(parse_size("0"), 0U);
}

TEST(Units, ReadCounts) {
  EXPECT_EQ(parse_count("1", 1, 20), 1U);
  EXPECT_EQ(parse_count("20", 1, 20), 20U);
  for (const char* text :
       {"0", "21", "", "five", "1.5", "-1", "+1", " 1", "1 ", "99999999999999999999"}) {
    EXPECT_THROW(parse_count(text, 1, 20), std::invalid_argument) << text;
  }
}

template <typename Parse>
std::string complaint(Parse parse, const std::string& text) {
  try {
    parse(text);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  ADD_FAILURE() << "'" << text << "' was understood";
  return "";
}

TEST(Units, ErrorsSayWhatWouldBeRight) {
  EXPECT_EQ(complaint(parse_duration, "5"), "'5' has no unit: write for instance 100ms, 2s or 1m");
  EXPECT_EQ(complaint(parse_duration, "5parsecs"),
            "'5parsecs' has an unknown unit: write for instance 100ms, 2s or 1m");
  EXPECT_EQ(complaint(parse_duration, "soon"),
            "'soon' is not a number with a unit: write for instance 100ms, 2s or 1m");
  EXPECT_EQ(complaint(parse_size, "64K"),
            "'64K' has an unknown unit: write for instance 512B, 64KiB or 1MiB");
  EXPECT_EQ(complaint(parse_duration, "25h"), "'25h' is too much");
  EXPECT_EQ(complaint(parse_size, "99999999GiB"), "'99999999GiB' is too much");
  for (const char* text : {"", "-1s", "s", "infs", "nan", "nans", "1e3s", " 1s", "1s "}) {
    EXPECT_NE(complaint(parse_duration, text), "");
  }
}

TEST(Units, WriteDurationsAndSizesInTheLargestUnitThatFits) {
  EXPECT_EQ(format_duration(Duration::zero()), "0 ms");
  EXPECT_EQ(format_duration(microseconds(1500)), "1.5 ms");
  EXPECT_EQ(format_duration(milliseconds(100)), "100 ms");
  EXPECT_EQ(format_duration(seconds(10)), "10 s");
  EXPECT_EQ(format_duration(seconds(90)), "1.5 min");
  EXPECT_EQ(format_size(0), "0 B");
  EXPECT_EQ(format_size(1023), "1023 B");
  EXPECT_EQ(format_size(1024), "1 KiB");
  EXPECT_EQ(format_size(std::size_t{3} << 19), "1.5 MiB");
  EXPECT_EQ(format_size(std::size_t{1} << 40), "1024 GiB");
}

TEST(Units, WriteCountsWithCommas) {
  EXPECT_EQ(format_count(0), "0");
  EXPECT_EQ(format_count(999), "999");
  EXPECT_EQ(format_count(1000), "1,000");
  EXPECT_EQ(format_count(1234567), "1,234,567");
}

}  // namespace
}  // namespace common
