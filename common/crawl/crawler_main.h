// The program around a crawler: the same command line, output and exit status for all five.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/crawl/crawl_job.h"
#include "common/crawl/crawl_report.h"

namespace common {

/// What makes one crawler program different from the others.
struct CrawlerProgram {
  std::string name;     ///< "stage2_callbacks"
  std::string summary;  ///< One line for --help: how it waits.
  /// Called once, in the main thread. What it throws is printed, and the exit status is 1.
  std::function<CrawlReport(const CrawlJob&)> crawl;
  bool has_selector = true;  ///< Whether --selector means anything.
  std::vector<std::string> variants =
      {};  ///< For --variant; the first is the default. May be empty.
};

/// Reads the options, crawls (without URLs: a practice site inside this process), prints the
/// report. Returns the exit status: 0 all pages fetched, 1 some failed, 2 usage, 130 interrupted.
int crawler_main(int argc, char** argv, const CrawlerProgram& program);

}  // namespace common
