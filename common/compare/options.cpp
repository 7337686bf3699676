#include "common/compare/options.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <stdexcept>

#include "common/crawl/units.h"

namespace common {
namespace {

constexpr std::size_t most_pages = 10'000;

struct Words {
  std::size_t pages = 10;
  std::size_t in_flight = 200;
  std::size_t repeat = 1;
  std::string delay = "100ms";
  std::string stages = "1,2,3,4,5";
};

/// The crawlers of "1,3": in C++ and, if asked for, in Python.
std::vector<Crawler> crawlers_of(const std::string& stages, bool python) {
  if (stages.find_first_not_of("12345,") != std::string::npos ||
      stages.find_first_of("12345") == std::string::npos) {
    throw std::invalid_argument(
        fmt::format("--stages: '{}' is no list of stages: write for instance 1,3,5", stages));
  }
  std::vector<Crawler> crawlers = all_crawlers();
  if (python) crawlers.insert(crawlers.end(), all_listings().begin(), all_listings().end());
  std::erase_if(crawlers, [&](const Crawler& crawler) {
    return stages.find(crawler.name.front()) == std::string::npos;
  });
  return crawlers;
}

/// The site knows whole milliseconds, up to an hour.
Milliseconds delay_of(const std::string& text) {
  try {
    const Duration delay = parse_duration(text);
    if (delay % std::chrono::milliseconds(1) == Duration::zero() && delay <= std::chrono::hours(1))
      return delay;
    throw std::invalid_argument(
        fmt::format("'{}' is no number of milliseconds, or longer than an hour", text));
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(fmt::format("--delay: {}", error.what()));
  }
}

}  // namespace

std::optional<CompareOptions> read_options(int argc, char** argv) {
  CompareOptions options;
  Words words;
  CLI::App app(
      "Runs the five crawlers on one practice site and shows how they compare.\n"
      "Without --pages and --concurrency, twice: the article's ten pages, and a thousand "
      "with 200 in flight.\n");
  const CLI::Option* pages =
      app.add_option("--pages", words.pages, "Compare with as many pages [10]")
          ->check(CLI::Range(std::size_t{1}, most_pages))
          ->option_text("N");
  const CLI::Option* in_flight =
      app.add_option("--concurrency", words.in_flight, "Pages in flight at most [200]")
          ->check(CLI::Range(std::size_t{1}, most_pages))
          ->option_text("N");
  app.add_option("--delay", words.delay, "How long the site takes for each answer [100ms]")
      ->option_text("TIME");
  app.add_option("--stages", words.stages, "Compare these alone, such as 1,5")->option_text("LIST");
  app.add_option("--repeat", words.repeat, "Run each so many times, in turn; tell medians [1]")
      ->check(CLI::Range(1, 100))
      ->option_text("N");
  app.add_flag("--python", options.python, "Run the article's listings too (docs/python)");
  app.add_flag("--json", options.json, "Print the same figures as JSON, and nothing else");
  app.add_option("--svg", options.svg, "Write the timeline of the first pages as a picture")
      ->option_text("FILE");
  app.add_option("--report", options.report, "Write a page (HTML) with all figures as pictures")
      ->option_text("FILE");
  app.add_option("--benchmarks", options.benchmarks,
                 "What ./tutorial bench --benchmark_out=FILE wrote, for the report")
      ->option_text("FILE")
      ->needs("--report");
  app.add_option("--bin", options.bin, "The build folder that holds the crawlers, not our own")
      ->option_text("DIR");
  app.get_formatter()->column_width(24);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", app.help());
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    throw std::invalid_argument(error.what());
  }

  Plan plan{.delay = delay_of(words.delay),
            .repeat = words.repeat,
            .crawlers = crawlers_of(words.stages, options.python)};
  if (pages->count() + in_flight->count() > 0) {
    plan.pages = words.pages;
    plan.in_flight = std::min(words.pages, words.in_flight);
    options.plans = {plan};
  } else {
    options.plans = {plan, plan};
    options.plans.back().pages = 1000;
    options.plans.back().in_flight = 200;
  }
  return options;
}

}  // namespace common
