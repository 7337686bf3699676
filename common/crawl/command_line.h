// Reads the command line that all five programs have in common. CLI11 inside.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>

#include "common/crawl/crawl_job.h"
#include "common/crawl/crawler_main.h"
#include "common/site/practice_site.h"

namespace common {

/// Says in one sentence what is wrong with the command line and what would be right.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Holds what the user asked for.
struct CommandLine {
  CrawlJob job;      ///< If it has no URLs, the practice site is crawled.
  SiteOptions site;  ///< How that site is set up.
  bool json = false;
  bool quiet = false;
  std::string timeline;  ///< The file to write it to, or empty.
  std::string record;    ///< Likewise.
};

/// Reads and checks the options. Returns nothing if --help was asked for, after printing it. Throws
/// `UsageError`.
std::optional<CommandLine> read_command_line(int argc, char** argv, const CrawlerProgram& program);

}  // namespace common
