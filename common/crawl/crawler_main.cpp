#include "common/crawl/crawler_main.h"

#include <fmt/core.h>

#include <boost/json.hpp>

#include <exception>
#include <optional>
#include <string>

#include "common/crawl/command_line.h"
#include "common/crawl/interrupt.h"
#include "common/crawl/output_file.h"
#include "common/crawl/progress_line.h"
#include "common/crawl/units.h"
#include "common/process/output.h"
#include "common/process/printable.h"
#include "common/process/process.h"
#include "common/site/practice_site.h"
#include "common/trace/record.h"
#include "common/trace/sources.h"

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
      const std::string pages =
          line.site.pages == 1
              ? "the one page of its practice site,"
              : fmt::format("the {} pages of its practice site, each", line.site.pages);
      say(fmt::format("{}: no URL given, so it fetches {} answered after {}\n", program.name, pages,
                      format_duration(line.site.delay)));
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

/// The first line of a record.
std::string record_header(int argc, char** argv, const CommandLine& line,
                          const CrawlerProgram& program) {
  boost::json::array arguments;
  for (int i = 1; i < argc; ++i) arguments.emplace_back(argv[i]);
  const boost::json::object header{
      {"format", 1},
      {"program", program.name},
      {"selector", program.has_selector ? Selector::name_of(line.job.selector) : ""},
      {"variant", line.job.variant},
      {"arguments", std::move(arguments)},
      {"sources", boost::json::value_from(trace::hashes_of_sources(program.name))},
  };
  return boost::json::serialize(header);
}

int run(int argc, char** argv, const CrawlerProgram& program) {
  std::optional<CommandLine> line = read_command_line(argc, argv, program);
  if (!line) return 0;
  std::optional<OutputFile> timeline;
  if (!line->timeline.empty()) timeline.emplace("the timeline", line->timeline);
  std::optional<OutputFile> record;
  std::optional<trace::Recording> recording;
  if (!line->record.empty()) {
    record.emplace("the record", line->record);
    recording.emplace([&record](std::string_view lines) { record->write(std::string(lines)); },
                      record_header(argc, argv, *line, program));
  }
  const CrawlReport report = crawl(*line, program);
  write_out(line->json ? printable_json(to_json(report, program.name, line->job.variant))
                       : to_text(report, !line->quiet));
  if (recording) recording->finish();
  if (timeline) timeline->write(to_timeline(report, program.name, line->job.variant));
  return report.exit_status();
}

}  // namespace

int crawler_main(int argc, char** argv, const CrawlerProgram& program) {
  prepare_process();
  try {
    return run(argc, argv, program);
  } catch (const UsageError& error) {
    say(fmt::format("{}: {}\nTry '{} --help'.\n", program.name, printable(error.what()),
                    program.name));
    return 2;
  } catch (const std::exception& error) {
    say(fmt::format("{}: {}\n", program.name, printable(error.what())));
  } catch (...) {
    say(fmt::format("{}: something went wrong that has no name\n", program.name));
  }
  return 1;
}

}  // namespace common
