// Makes a program of a crawler, with the same command line, output and exit status for all five.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/crawl/crawl_job.h"
#include "common/crawl/crawl_report.h"

namespace common {

/// Holds what makes one crawler program different from the others. Each `main` fills one in:
///
/// ```cpp
/// const CrawlerProgram program{.name = "my_crawler",
///                              .summary = "waits in its own way",
///                              .crawl = [](const CrawlJob&) { return CrawlReport(); }};
/// char name[] = "my_crawler";
/// char* arguments[] = {name, nullptr};
/// const int exit_status = crawler_main(1, arguments, program);
/// ```
struct CrawlerProgram {
  std::string name;     ///< "stage2_callbacks"
  std::string summary;  ///< One line for --help: how it waits.
  /// Is called once, in the main thread. If it throws, the error is printed and the status is 1.
  std::function<CrawlReport(const CrawlJob&)> crawl;
  bool has_selector = true;  ///< Whether there is a --selector.
  std::vector<std::string> variants =
      {};  ///< For --variant; the first is the default. May be empty.
};

/// Reads the options, crawls, and prints the report. Without URLs it starts a practice site inside
/// this process and crawls that. Returns the exit status: 0 if all pages were fetched, 1 if some
/// failed, 2 if the command line is wrong, 130 if the crawl was interrupted.
int crawler_main(int argc, char** argv, const CrawlerProgram& program);

}  // namespace common
