// Says what became of a crawl.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "common/crawl/page_result.h"
#include "common/net/selector.h"

namespace common {

/// Lists every URL that the crawl has met, each one once: in `pages` if it has a result, otherwise
/// in `remaining`. `Frontier::finish` makes it, and `crawl` returns it.
struct CrawlReport {
  std::vector<PageResult> pages;  ///< Sorted by URL.
  std::vector<std::string>
      remaining;  ///< Still queued when the crawl was interrupted or reached its limit; sorted.
  bool interrupted = false;

  Duration elapsed{};      ///< From the first attempt to the last result, on the crawl's own clock.
  Duration lookup_time{};  ///< Spent looking names up.
  std::size_t most_in_flight = 0;  ///< Attempts at the same time.
  SelectorCounts selector;         ///< Of the stage's loop; zero where there is none.

  std::size_t fetched() const noexcept;
  std::size_t failed() const noexcept;
  std::size_t body_bytes() const noexcept;
  std::size_t redirects() const noexcept;  ///< Pages that redirect to another one.
  /// Returns the pages with a result, whether fetched or failed, over `elapsed`.
  double pages_per_second() const noexcept;
  /// Returns the sum of the pages' own times over `elapsed`: how many were in flight on average.
  double achieved_concurrency() const noexcept;
  /// Returns 0 if all pages were fetched, 1 if some failed, and 130 if the crawl was interrupted.
  int exit_status() const noexcept;
};

/// Writes the report for people: a line for each page, or only for those that failed, and then the
/// totals.
std::string to_text(const CrawlReport& report, bool every_page = true);

/// Writes all of the report as JSON, ending with a newline. `program` and `variant` are the names
/// to put in.
std::string to_json(const CrawlReport& report, const std::string& program,
                    const std::string& variant = "");

/// Writes Chrome trace events, which Perfetto (ui.perfetto.dev) and chrome://tracing show. There is
/// a lane for the last try of each page, with the phases that the page reached: connecting (until
/// the request was sent), waiting, reading. Times are in microseconds.
std::string to_timeline(const CrawlReport& report, const std::string& program,
                        const std::string& variant = "");

}  // namespace common
