// The command line that all five programs have in common. CLI11 inside.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>

#include "common/crawl/crawl_job.h"
#include "common/crawl/crawler_main.h"
#include "common/site/practice_site.h"

namespace common {

/// What is wrong with the command line, and what would be right: a sentence for people.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What the user asked for.
struct CommandLine {
  CrawlJob job;      ///< Without URLs: crawl the practice site.
  SiteOptions site;  ///< What it is to be like.
  bool json = false;
  bool quiet = false;
  std::string timeline;  ///< A file for it, or empty.
  std::string record;    ///< Likewise.
};

/// Reads the options, all of them checked. Nothing if --help was asked for: it is printed then.
/// Throws `UsageError`.
std::optional<CommandLine> read_command_line(int argc, char** argv, const CrawlerProgram& program);

}  // namespace common
