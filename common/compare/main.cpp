// The comparison as a program: the crawlers, each a program of its own, on one practice site.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/compare/comparison.h"
#include "common/compare/drawing.h"
#include "common/compare/options.h"
#include "common/compare/report.h"
#include "common/compare/svg.h"
#include "common/crawl/output_file.h"
#include "common/crawl/units.h"
#include "common/net/descriptor_limit.h"
#include "common/process/output.h"
#include "common/process/printable.h"
#include "common/process/process.h"
#include "common/site/child_process.h"

namespace {

using common::CompareOptions;
using common::Crawl;
using common::CrawlerRun;
using common::OutputFile;
using common::Plan;
using common::Programs;

constexpr std::size_t pages_worth_drawing = 20;

/// On stdout, at once: there is a second or so between the rows.
template <typename... Values>
void print(fmt::format_string<Values...> format, Values&&... values) {
  common::write_out(fmt::format(format, std::forward<Values>(values)...), "the comparison");
}

/// On stderr.
template <typename... Values>
void tell(fmt::format_string<Values...> format, Values&&... values) {
  common::say(fmt::format(format, std::forward<Values>(values)...));
}

void print_heading(const Plan& plan) {
  const std::string delay =
      common::format_duration(std::chrono::round<common::Duration>(plan.delay));
  if (plan.pages == 1) {
    print("One page, answered after {}.\n", delay);
  } else if (plan.pages == 10 && plan.in_flight == 10) {
    print("The article's ten pages, each answered after {}.\n", delay);
  } else {
    print("{} pages, each answered after {}, up to {} in flight.\n",
          common::format_count(plan.pages), delay, common::format_count(plan.in_flight));
  }
  if (plan.repeat > 1) print("Medians of {} runs of each crawler.\n", plan.repeat);
  print("\n{}", common::table_head());
}

void print_row(const Crawl& crawl) {
  print("{}", common::table_row(crawl.runs.back(), crawl.blocking));
}

/// What a reader has to know to understand the figures of this crawl. Often empty.
std::string notes_on(const Crawl& crawl) {
  std::string notes;
  const auto note = [&notes]<typename... Values>(fmt::format_string<Values...> format,
                                                 Values&&... values) {
    notes += fmt::format(format, std::forward<Values>(values)...);
  };
  if (crawl.pages > crawl.in_flight && crawl.least().count() > 0) {
    note("With {} in flight, no crawler can finish in less than {:.0f} ms.\n",
         common::format_count(crawl.in_flight), crawl.least().count());
  }
  if (crawl.blocking_is_estimate && crawl.blocking.count() > 0) {
    const double seconds = crawl.blocking / std::chrono::seconds(1);
    note("\"faster\" compares with an estimate: blocking would take about {:.{}f} s.\n", seconds,
         seconds < 10 ? 1 : 0);
  }
  for (const CrawlerRun& run : crawl.runs) {
    if (run.concurrency == crawl.in_flight) continue;
    note("{} ran with {} in flight, because each one costs a process.\n", run.crawler.name,
         run.concurrency);
  }
  std::map<std::string, std::vector<std::string_view>> left_out;  // by the reason
  for (const auto& [crawler, reason] : crawl.left_out)
    left_out[common::printable(reason)].push_back(crawler.name);
  for (const auto& [reason, names] : left_out) {
    const std::string who = fmt::format("Left out: {}.", fmt::join(names, ", "));
    const bool one_line = who.size() + reason.size() < 79;
    note("{}{}{}.\n", who, one_line ? ' ' : '\n', reason);
  }
  return notes;
}

void print_columns(const Programs& programs) {
  print(R"(
faster: how many times as fast as blocking, which fetches page after page.
processor: time spent computing (user and system). The rest was spent asleep.
memory: the most that was resident, in all of its processes together.
)");
  if (programs.python.version.empty()) return;
  print(R"(
The names in .py are the article's listings (docs/python), run by Python {}.
Their processor time and memory include starting the interpreter. All but the
last do less work than ours: they don't parse HTTP and have no timeouts.
)",
        programs.python.version);
}

/// Leaves out the article's listings, whose timelines look the same.
void print_timelines(const Crawl& crawl, bool colour) {
  common::Milliseconds span(1);
  for (const CrawlerRun& run : crawl.runs) span = std::max(span, run.elapsed);
  print("\n");
  for (const CrawlerRun& run : crawl.runs) {
    if (!run.crawler.python) print("{}", common::timeline(run, span, colour));
  }
  print("{}\n{}", common::time_axis(span), common::legend(colour));
}

void print_lesson() {
  print(R"(
Blocking asks for the next page only after the last one has arrived, so its
pages form a staircase whose steps are one delay wide. A crawler that waits for
all ten at once turns the staircase into a wall. It takes a thread or a process
for each page, or, from stage 2 on, just one thread. Busy never sleeps, yet it
is no faster, because it also fetches one page after another. It only keeps a
processor busy while it waits.
)");
}

/// https://no-color.org
bool wants_colour() {
  const char* no_colour = std::getenv("NO_COLOR");
  return ::isatty(STDOUT_FILENO) == 1 && (no_colour == nullptr || *no_colour == '\0');
}

std::vector<Crawl> compare_as_text(const Programs& programs, const common::SiteProcess& site,
                                   const CompareOptions& options) {
  std::vector<Crawl> crawls;
  for (const Plan& plan : options.plans) {
    if (!crawls.empty()) print("\n");
    print_heading(plan);
    const Crawl crawl = common::crawl_all(programs, site, plan, print_row);
    if (crawls.empty()) print_columns(programs);
    const std::string notes = notes_on(crawl);
    if (!notes.empty()) print("\n{}", notes);
    if (crawl.pages <= pages_worth_drawing) print_timelines(crawl, wants_colour());
    const bool the_articles = options.plans.size() > 1 && crawls.empty();
    if (the_articles) print_lesson();
    crawls.push_back(crawl);
  }
  return crawls;
}

std::vector<Crawl> compare_silently(const Programs& programs, const common::SiteProcess& site,
                                    const CompareOptions& options) {
  std::vector<Crawl> crawls;
  for (const Plan& plan : options.plans) crawls.push_back(crawl_all(programs, site, plan));
  return crawls;
}

std::string contents_of(const std::string& name) {
  std::ifstream file(name);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) throw std::runtime_error("'" + name + "' could not be read");
  return text.str();
}

/// For the report, before anything else is done. Throws `std::invalid_argument` if the file that
/// the user named is not what Google Benchmark wrote.
std::string costs_in_file(const std::string& name) {
  try {
    return common::costs_by_depth(contents_of(name));
  } catch (const std::runtime_error& error) {
    throw std::invalid_argument(fmt::format(
        "--benchmarks: '{}': {}; write it with ./tutorial bench --benchmark_filter=depth "
        "--benchmark_out={} --benchmark_out_format=json",
        name, error.what(), name));
  }
}

/// Runs the benchmarks of resuming, if they are built.
std::string costs_measured(const std::filesystem::path& bin) {
  const std::filesystem::path program = bin / "tests/benchmarks/benchmarks";
  if (!std::filesystem::exists(program)) return "[]";
  tell("For the report: measuring what a resume costs at each depth\n");
  common::ChildProcess process(program,
                               {"--benchmark_filter=resume_at_depth", "--benchmark_format=json"});
  return common::costs_by_depth(process.read_output());
}

std::vector<Crawl> growth_measured(const Programs& programs, const common::SiteProcess& site,
                                   const Plan& plan) {
  tell("\nFor the report: crawling with more and more pages in flight:");
  auto growth = crawl_more_and_more(
      programs, site, plan, [](std::size_t pages) { tell(" {}", common::format_count(pages)); });
  tell("\n");
  return growth;
}

std::optional<OutputFile> output_file(const std::string& what, const std::string& name) {
  if (name.empty()) return std::nullopt;
  return OutputFile(what, name);
}

void compare(const CompareOptions& options) {
  Programs programs{.bin = options.bin};
  if (programs.bin.empty()) {
    programs.bin = common::find_program("common/practice_site").parent_path().parent_path();
  }
  common::check_programs(programs.bin, options.plans.front().crawlers);
  if (options.python) programs.python = common::find_python();
  std::string costs = options.benchmarks.empty() ? "" : costs_in_file(options.benchmarks);
  std::optional<OutputFile> svg = output_file("the picture", options.svg);
  std::optional<OutputFile> report = output_file("the report", options.report);
  common::raise_descriptor_limit();  // the crawlers are started with it, and the listings need it

  const common::SiteProcess site(
      {.pages = std::max<std::size_t>(1000, options.plans.back().pages),
       .delay = std::chrono::round<common::Duration>(options.plans.front().delay)});
  const std::vector<Crawl> crawls = options.json ? compare_silently(programs, site, options)
                                                 : compare_as_text(programs, site, options);
  if (options.json) print("{}\n", common::printable_json(common::to_json(crawls)));
  if (svg) svg->write(common::timeline_svg(crawls.front()));
  if (report) {
    const auto growth = growth_measured(programs, site, options.plans.front());
    if (costs.empty()) costs = costs_measured(programs.bin);
    report->write(common::report_page(common::to_json(crawls, growth), costs));
    tell("The report: open {} in a browser\n", report->name());
  }
}

}  // namespace

int main(int argc, char** argv) {
  common::prepare_process();
  try {
    const auto options = common::read_options(argc, argv);
    if (options) compare(*options);
  } catch (const std::invalid_argument& error) {
    tell("compare: {}\nTry './tutorial compare --help'.\n", common::printable(error.what()));
    return 2;
  } catch (const std::exception& error) {
    tell("compare: {}\n", common::printable(error.what()));
    return 1;
  }
  return 0;
}
