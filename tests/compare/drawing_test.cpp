#include "common/compare/drawing.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

namespace common {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

CrawlerRun run_of(std::vector<PageTimes> pages) {
  CrawlerRun run{.crawler = {"2 callbacks", "stage2_callbacks", "", false}, .concurrency = 10};
  run.pages = std::move(pages);
  return run;
}

PageTimes page(const std::string& path, double connecting, double sent, double first_byte,
               double done) {
  return {.path = path,
          .connecting = Milliseconds(connecting),
          .sent = Milliseconds(sent),
          .first_byte = Milliseconds(first_byte),
          .done = Milliseconds(done)};
}

/// The columns that the widest line takes on a terminal: one for each character.
std::size_t width_of(const std::string& text) {
  std::istringstream lines(text);
  std::size_t widest = 0;
  for (std::string line; std::getline(lines, line);) {
    const auto first_of_character = [](char c) { return (c & 0xC0) != 0x80; };
    widest = std::max<std::size_t>(widest, std::ranges::count_if(line, first_of_character));
  }
  return widest;
}

TEST(Timeline, DrawsPagesOneAfterAnotherAsAStaircase) {
  const auto run = run_of({page("/", 0, 9, 59, 99), page("/1", 101, 109, 159, 199)});
  EXPECT_EQ(timeline(run, Milliseconds(740), false),
            "2 callbacks\n"
            "    / ▓░░░░░████\n"
            "   /1           ▓░░░░░████\n");
}

TEST(Timeline, DrawsPagesAtTheSameTimeAsAWall) {
  const auto run = run_of({page("/", 0, 9, 91, 99), page("/1", 1, 8, 92, 98)});
  EXPECT_EQ(timeline(run, Milliseconds(740), false),
            "2 callbacks\n"
            "    / ▓░░░░░░░░█\n"
            "   /1 ▓░░░░░░░░█\n");
}

TEST(Timeline, EachStepGetsABlockEvenIfShort) {
  const auto run = run_of({page("/", 0, 0.1, 49.8, 49.9)});
  EXPECT_EQ(timeline(run, Milliseconds(740), false), "2 callbacks\n    / ▓░░░█\n");
}

TEST(Timeline, ShowsALongConnectionAsLong) {
  const auto run = run_of({page("/", 21, 59, 85, 85)});
  EXPECT_EQ(timeline(run, Milliseconds(740), false), "2 callbacks\n    /   ▓▓▓▓░░█\n");
}

TEST(Timeline, DrawsAPageThatIsShorterThanABlock) {
  const auto run = run_of({page("/", 5, 5.1, 5.2, 5.3), page("/1", 5, 5.1, 15.2, 15.3)});
  EXPECT_EQ(timeline(run, Milliseconds(740), false), "2 callbacks\n    / █\n   /1 ▓█\n");
}

TEST(Timeline, StaysWithinEightyColumns) {
  const auto run = run_of({page("/", 0, 0.1, 1000, 1000), page("/1", 1000, 1000, 1003, 2000)});
  EXPECT_EQ(width_of(timeline(run, Milliseconds(1000), false)), 80u);
  for (const double span : {1.0, 6.0, 95.0, 740.0, 1000.0, 1013.0, 60000.0}) {
    EXPECT_LE(width_of(time_axis(Milliseconds(span))), 80u) << span;
  }
}

TEST(Timeline, IsColouredOnlyWhereAskedFor) {
  const auto run = run_of({page("/", 0, 9, 91, 99)});
  EXPECT_THAT(timeline(run, Milliseconds(740), false) + legend(false), Not(HasSubstr("\x1b")));
  EXPECT_THAT(timeline(run, Milliseconds(740), true), HasSubstr("\x1b[36m░░░░░░░░\x1b[0m"));
  EXPECT_THAT(legend(true), HasSubstr("\x1b["));
}

TEST(TimeAxis, MarksTimesWhereTheLanesHaveThem) {
  EXPECT_EQ(time_axis(Milliseconds(740)),
            "      └ 0 ms              └ 200 ms            └ 400 ms            └ 600 ms\n");
}

TEST(Table, HasAllFiguresInARowOfEightyColumns) {
  CrawlerRun run = run_of({});
  run.elapsed = Milliseconds(104.6);
  run.processor = Milliseconds(3.14);
  run.most_in_flight = 10;
  run.peak_memory = 5 * 1024 * 1024 + 512 * 1024;
  const std::string row = table_row(run, Milliseconds(1046));
  EXPECT_EQ(row, "2 callbacks              105 ms    10.0 x      3.1 ms          10     5.5 MiB\n");
  EXPECT_LE(width_of(row), 80u);
  EXPECT_EQ(width_of(row), width_of(table_head()));
}

TEST(Table, HasADigitAfterThePointWhereTimesAreShort) {
  CrawlerRun run = run_of({});
  run.elapsed = Milliseconds(1.26);
  EXPECT_THAT(table_row(run, Milliseconds(0)), HasSubstr("  1.3 ms "));
  run.elapsed = Milliseconds(9.96);
  EXPECT_THAT(table_row(run, Milliseconds(0)), HasSubstr("  10 ms "));
}

TEST(Table, OmitsFasterIfBlockingIsUnknown) {
  CrawlerRun run = run_of({});
  run.elapsed = Milliseconds(5);
  EXPECT_THAT(table_row(run, Milliseconds(0)), Not(HasSubstr(" x")));
}

}  // namespace
}  // namespace common
