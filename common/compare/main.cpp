// The comparison as a program: the five crawlers, each a program of its own, on one practice site.
#include <fmt/core.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <string>

#include "common/compare/comparison.h"
#include "common/compare/drawing.h"
#include "common/site/child_process.h"

namespace {

using common::Crawl;
using common::CrawlerRun;

void print_row(const Crawl& crawl) {
  fmt::print("{}", common::table_row(crawl.runs.back(), crawl.blocking));
  std::fflush(stdout);  // there is a second or so between the rows
}

void print_timelines(const Crawl& crawl, bool colour) {
  common::Milliseconds span(1);
  for (const CrawlerRun& run : crawl.runs) span = std::max(span, run.elapsed);
  for (const CrawlerRun& run : crawl.runs) {
    fmt::print("{}", common::timeline(run, span, colour));
  }
  fmt::print("{}\n{}", common::time_axis(span), common::legend(colour));
}

/// https://no-color.org
bool wants_colour() {
  const char* no_colour = std::getenv("NO_COLOR");
  return ::isatty(STDOUT_FILENO) == 1 && (no_colour == nullptr || *no_colour == '\0');
}

void compare_as_text(const std::filesystem::path& bin) {
  const common::SiteProcess site(common::compared_site());
  fmt::print("The article's ten pages, each answered after 100 ms.\n\n{}", common::table_head());
  const Crawl ten = crawl_ten_pages(bin, site, print_row);
  fmt::print(R"(
faster: than blocking, which fetches one page after another.
processor: the time that it computed, user and system; else it slept.
memory: resident at most; with processes, of the largest one.

)");
  print_timelines(ten, wants_colour());
  fmt::print(R"(
Blocking asks for a page when it has the one before: a staircase, each step one
delay wide. Who can wait for ten pages at once makes a wall of it: with a
process or a thread for each page, or, from stage 2 on, in a single thread.
Busy never sleeps and is no faster, for it fetches one page after another too;
all it did is compute the whole time.

)");

  fmt::print("A thousand pages, each answered after 100 ms, up to 200 in flight.\n\n{}",
             common::table_head());
  const Crawl thousand = crawl_thousand_pages(bin, site, ten, print_row);
  fmt::print(R"(
With {} in flight, nobody can be faster than {:.0f} ms; blocking would take about
{:.0f} s, which is what "faster" is reckoned from here.
)",
             thousand.in_flight, thousand.least().count(),
             thousand.blocking / std::chrono::seconds(1));
  for (const CrawlerRun& run : thousand.runs) {
    if (run.concurrency == thousand.in_flight) continue;
    fmt::print("{} has {} at once: each page in flight costs a whole process.\n", run.crawler.name,
               run.concurrency);
  }
  for (const auto& [crawler, reason] : thousand.left_out) {
    fmt::print("{} is left out: {}.\n", crawler.name, reason);
  }
}

void compare_as_json(const std::filesystem::path& bin) {
  const common::SiteProcess site(common::compared_site());
  const auto nothing = [](const Crawl&) {};
  const Crawl ten = crawl_ten_pages(bin, site, nothing);
  const Crawl thousand = crawl_thousand_pages(bin, site, ten, nothing);
  fmt::print("{}\n", common::to_json({ten, thousand}));
}

}  // namespace

int main(int argc, char** argv) {
  std::string bin;
  bool json = false;
  CLI::App app("Runs the five crawlers on one practice site and shows how they compare.");
  app.add_option("--bin", bin, "The build folder that holds the crawlers, instead of our own")
      ->option_text("DIR");
  app.add_flag("--json", json, "Print the same figures as JSON, and nothing else");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;  // 0: --help
  }

  try {
    if (bin.empty()) bin = common::find_program("common/practice_site").parent_path().parent_path();
    common::check_programs(bin);
    json ? compare_as_json(bin) : compare_as_text(bin);
  } catch (const std::exception& error) {
    std::fflush(stdout);
    fmt::print(stderr, "compare: {}\n", error.what());
    return 1;
  }
  return 0;
}
