// What became of a crawl.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "common/crawl/page_result.h"
#include "common/net/selector.h"

namespace common {

/// Every URL that was met, each once: in `pages` if it came to a result, else in `remaining`.
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
  std::size_t redirects() const noexcept;  ///< Pages that name another.
  /// Fetched or failed.
  double pages_per_second() const noexcept;
  /// Sum of the pages' own times over `elapsed`: how many waited at once, on average.
  double achieved_concurrency() const noexcept;
  /// 0 all fetched, 1 some failed, 130 interrupted.
  int exit_status() const noexcept;
};

/// For people: a line for each page (or only for those that failed), then the totals.
std::string to_text(const CrawlReport& report, bool every_page = true);

/// All of it, ending with a newline. `program` and
/// `variant` are the names to put in.
std::string to_json(const CrawlReport& report, const std::string& program,
                    const std::string& variant = "");

/// A lane for each page that was tried (its last try), as Chrome trace events: Perfetto
/// (ui.perfetto.dev) and chrome://tracing show them. Within the page lie the phases that it came
/// to: connecting (until the request was sent), waiting, reading. Times in microseconds.
std::string to_timeline(const CrawlReport& report, const std::string& program,
                        const std::string& variant = "");

}  // namespace common
