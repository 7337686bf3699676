// Runs one crawler program and measures it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "common/compare/crawlers.h"

namespace common {

/// Counts milliseconds with fractions, as reports and pictures show them.
using Milliseconds = std::chrono::duration<double, std::milli>;

/// Says what a crawler fetches: `/`, `/1` … of a practice site on this machine.
struct Pages {
  std::uint16_t port = 0;
  std::size_t count = 10;
  std::size_t concurrency = 10;
};

/// Says when the steps of one page were reached, from the start of the crawl.
struct PageTimes {
  std::string path;  ///< "/3"
  Milliseconds connecting{};
  Milliseconds sent{};
  Milliseconds first_byte{};
  Milliseconds done{};
};

/// Holds what one crawl needed.
struct CrawlerRun {
  Crawler crawler;
  std::size_t concurrency = 0;  ///< What it was told.
  Milliseconds elapsed{};       ///< By its own report.
  Milliseconds processor{};     ///< User and system time, its child processes included.
  std::size_t most_in_flight = 0;
  std::size_t peak_memory = 0;        ///< Bytes resident at once, in all its processes.
  std::vector<PageTimes> pages = {};  ///< In the order of their numbers.
};

/// Runs `crawler` on `pages` and waits for its end, for as long as `patience` lasts. Throws
/// `std::runtime_error` with a sentence if it fails, prints no report, has not fetched each page,
/// or does not end; it is killed then.
CrawlerRun run_crawler(const Programs& programs, const Crawler& crawler, const Pages& pages,
                       Milliseconds patience = std::chrono::seconds(60));

}  // namespace common
