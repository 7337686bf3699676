// Reads the command line of the comparison. CLI11 inside.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/compare/comparison.h"

namespace common {

/// Holds what the user asked for.
struct CompareOptions {
  std::string bin;          ///< The build folder, or empty for our own.
  std::vector<Plan> plans;  ///< One crawl each, in this order.
  bool python = false;      ///< Whether listings of the article's are among the crawlers.
  bool json = false;
  std::string svg;         ///< A file for the timeline, or empty.
  std::string report;      ///< A file for the page with all pictures, or empty.
  std::string benchmarks;  ///< What Google Benchmark wrote, for that page; or empty.
};

/// Reads and checks the options. Returns nothing if --help was asked for, after printing it. Throws
/// `std::invalid_argument` with a sentence.
std::optional<CompareOptions> read_options(int argc, char** argv);

}  // namespace common
