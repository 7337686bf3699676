#include "common/crawl/crawler_main.h"

#include <fmt/core.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <system_error>

#include "common/crawl/command_line.h"
#include "common/crawl/interrupt.h"
#include "common/crawl/output_file.h"
#include "common/crawl/progress_line.h"
#include "common/crawl/units.h"
#include "common/site/practice_site.h"

namespace common {
namespace {

/// The URLs of all pages of `site`.
std::vector<std::string> pages_of(const PracticeSite& site, std::size_t count) {
  std::vector<std::string> urls{site.url("/")};
  for (std::size_t i = 1; i < count; ++i) urls.push_back(site.url("/" + std::to_string(i)));
  return urls;
}

CrawlReport crawl(CommandLine& line, const CrawlerProgram& program) {
  CrawlJob& job = line.job;
  std::optional<PracticeSite> site;
  if (job.urls.empty()) {
    site.emplace(line.site);
    job.urls = pages_of(*site, line.site.pages);
    if (!line.quiet && !line.json) {
      fmt::print(stderr,
                 "{}: no URL given, so it fetches the {} pages of its practice site, each answered "
                 "after {}\n",
                 program.name, line.site.pages, format_duration(line.site.delay));
    }
  }
  Interrupt interrupt;
  const Interrupt::Handlers handlers(interrupt);
  job.interrupt = &interrupt;
  std::optional<ProgressLine> progress;
  if (!line.quiet) {
    progress.emplace();
    job.on_progress = [&progress](const CrawlProgress& now) { progress->show(now); };
  }
  return program.crawl(job);
}

void print(const std::string& text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (written && std::fflush(stdout) == 0) return;
  throw std::system_error(errno, std::generic_category(), "the report could not be written");
}

int run(int argc, char** argv, const CrawlerProgram& program) {
  std::optional<CommandLine> line = read_command_line(argc, argv, program);
  if (!line) return 0;
  std::optional<OutputFile> timeline;
  if (!line->timeline.empty()) timeline.emplace("the timeline", line->timeline);
  const CrawlReport report = crawl(*line, program);
  print(line->json ? to_json(report, program.name, line->job.variant)
                   : to_text(report, !line->quiet));
  if (timeline) timeline->write(to_timeline(report, program.name, line->job.variant));
  return report.exit_status();
}

}  // namespace

int crawler_main(int argc, char** argv, const CrawlerProgram& program) {
  // A peer that hangs up, or a reader of the report that does, is an error of one call.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return run(argc, argv, program);
  } catch (const UsageError& error) {
    fmt::print(stderr, "{}: {}\nTry '{} --help'.\n", program.name, error.what(), program.name);
    return 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}: {}\n", program.name, error.what());
  } catch (...) {
    fmt::print(stderr, "{}: something went wrong that has no name\n", program.name);
  }
  return 1;
}

}  // namespace common
