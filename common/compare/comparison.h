// Compares the crawlers: each one fetches the same pages from one practice site.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "common/compare/crawler_run.h"
#include "common/site/site_process.h"

namespace common {

/// Says what to compare.
struct Plan {
  std::size_t pages = 10;
  std::size_t in_flight = 10;  ///< At most; some crawlers fetch one at a time.
  Milliseconds delay{100};     ///< Before each answer; as the site has it.
  std::size_t repeat = 1;      ///< How often each crawler runs, in turn with the others.
  std::vector<Crawler> crawlers = all_crawlers();
  Milliseconds longest{10'000};  ///< One page at a time, who would need more is left out.
};

/// Names a crawler that takes no part in a crawl, and why.
struct LeftOut {
  Crawler crawler;
  std::string reason;
};

/// Holds what a crawler needed. If it ran more than once, the figures are medians, and the pages
/// are those of the run with the median time.
struct Measured : CrawlerRun {
  std::vector<Milliseconds> each;  ///< The time of every run, the shortest first.
};

/// Holds one job, and how each crawler did it.
struct Crawl {
  std::size_t pages = 0;
  std::size_t in_flight = 0;         ///< At most, for those that can; `CrawlerRun` tells for each.
  Milliseconds delay{};              ///< Before each answer.
  Milliseconds blocking{};           ///< What stage 1 takes, one page after another,
  bool blocking_is_estimate = true;  ///< if it was not seen but estimated.
  std::vector<Measured> runs = {};
  std::vector<LeftOut> left_out = {};

  /// Returns the least time that any crawler can need with `in_flight` pages at a time.
  Milliseconds least() const;
};

/// Is called when all runs of a crawler are done. That crawler is the last of `crawl.runs`.
using AfterRun = std::function<void(const Crawl& crawl)>;

/// Runs all crawlers of `plan` on `site`, which has its pages and its delay. Throws as
/// `run_crawler` does.
Crawl crawl_all(const Programs& programs, const SiteProcess& site, const Plan& plan,
                const AfterRun& after_run = {});

/// How time and memory grow with the pages in flight: a crawl of 1, 3, 10 … 1000 pages each, all of
/// them in flight at once. Those that fetch one at a time, and processes, have a part in the first
/// of them alone. `before` is called before each, with the number of pages.
std::vector<Crawl> crawl_more_and_more(const Programs& programs, const SiteProcess& site, Plan plan,
                                       const std::function<void(std::size_t pages)>& before);

/// Writes all figures as JSON, including those of `growth` if there are any, and the times of each
/// page if there are few pages.
std::string to_json(const std::vector<Crawl>& crawls, const std::vector<Crawl>& growth = {});

}  // namespace common
