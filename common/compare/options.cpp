#include "common/compare/options.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <regex>
#include <stdexcept>

#include "common/crawl/units.h"
#include "common/process/output.h"

namespace common {
namespace {

constexpr std::size_t most_pages = 10'000;
constexpr std::size_t most_rounds = 100;

/// The options as they are typed.
struct Words {
  std::string pages = "10";
  std::string in_flight = "200";
  std::string repeat = "1";
  std::string delay = "100ms";
  std::string stages = "1,2,3,4,5";
};

/// Parses the value of an option. Errors begin with the option's name.
template <typename Parse>
auto read(const char* option, const std::string& word, Parse parse) {
  try {
    return parse(word);
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(fmt::format("{}: {}", option, error.what()));
  }
}

auto count_to(std::size_t most) {
  return [most](const std::string& word) { return parse_count(word, 1, most); };
}

/// "1,3": the numbers of the stages.
std::string parse_stages(const std::string& word) {
  static const std::regex list("[1-5](,[1-5])*");
  if (std::regex_match(word, list)) return word;
  throw std::invalid_argument(
      fmt::format("'{}' is not a list of stages: write for instance 1,3,5", word));
}

/// The crawlers of these stages: in C++ and, if asked for, in Python.
std::vector<Crawler> crawlers_of(const std::string& stages, bool python) {
  std::vector<Crawler> crawlers = all_crawlers();
  if (python) crawlers.insert(crawlers.end(), all_listings().begin(), all_listings().end());
  std::erase_if(crawlers, [&](const Crawler& crawler) {
    return stages.find(crawler.name.front()) == std::string::npos;
  });
  return crawlers;
}

/// The site knows whole milliseconds, up to an hour.
Milliseconds parse_delay(const std::string& word) {
  const Duration delay = parse_duration(word);
  if (delay % std::chrono::milliseconds(1) == Duration::zero() && delay <= std::chrono::hours(1))
    return delay;
  throw std::invalid_argument(fmt::format(
      "'{}' is not a whole number of milliseconds up to an hour: write for instance 100ms or 2s",
      word));
}

}  // namespace

std::optional<CompareOptions> read_options(int argc, char** argv) {
  CompareOptions options;
  Words words;
  CLI::App app(
      "Runs the five crawlers on one practice site and shows how they compare.\n"
      "Without --pages and --concurrency, it does so twice: with the article's ten pages, and\n"
      "with a thousand pages, 200 in flight.\n",
      "./tutorial compare");
  const auto add = [&app](const char* name, const char* type, std::string& word, const char* help) {
    return app.add_option(name, word, help)->option_text(type);
  };
  const CLI::Option* pages = add("--pages", "N", words.pages, "Pages on the practice site [10]");
  const CLI::Option* in_flight =
      add("--concurrency", "N", words.in_flight, "Most pages in flight at the same time [200]");
  add("--delay", "TIME", words.delay, "How long the site takes to answer [100ms]");
  add("--stages", "LIST", words.stages, "Only these stages, for instance 1,5");
  add("--repeat", "N", words.repeat, "Run each crawler N times, in turn, and show medians [1]");
  app.add_flag("--python", options.python,
               "Run the article's listings in Python as well (docs/python)");
  app.add_flag("--json", options.json, "Print the figures as JSON instead");
  const CLI::Option* files[] = {
      add("--svg", "FILE", options.svg, "Write the timeline of the first comparison as a picture"),
      add("--report", "FILE", options.report, "Write an HTML page with charts of all figures"),
      add("--benchmarks", "FILE", options.benchmarks,
          "For --report: use this output of ./tutorial bench instead of measuring again")
          ->needs("--report"),
      add("--bin", "DIR", options.bin, "The build folder with the crawlers [this program's own]")};
  app.allow_extras();  // Reported below, in our words.
  app.get_formatter()->column_width(24);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    write_out(app.help(), "the help");
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    throw std::invalid_argument(error.what());
  }
  for (const std::string& word : app.remaining()) {
    throw std::invalid_argument(fmt::format("'{}' is not an option", word));
  }

  for (const CLI::Option* file : files) {
    if (file->count() > 0 && file->as<std::string>().empty())
      throw std::invalid_argument(file->get_name() + ": '' is not the name of a file or folder");
  }

  const std::string stages = read("--stages", words.stages, parse_stages);
  Plan plan{.delay = read("--delay", words.delay, parse_delay),
            .repeat = read("--repeat", words.repeat, count_to(most_rounds)),
            .crawlers = crawlers_of(stages, options.python)};
  const std::size_t some_pages = read("--pages", words.pages, count_to(most_pages));
  const std::size_t some_in_flight = read("--concurrency", words.in_flight, count_to(most_pages));
  if (pages->count() + in_flight->count() > 0) {
    plan.pages = some_pages;
    plan.in_flight = std::min(some_pages, some_in_flight);
    options.plans = {plan};
  } else {
    options.plans = {plan, plan};
    options.plans.back().pages = 1000;
    options.plans.back().in_flight = 200;
  }
  return options;
}

}  // namespace common
