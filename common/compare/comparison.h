// The comparison: the same pages for every crawler, on one practice site.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "common/compare/crawler_run.h"
#include "common/site/site_process.h"

namespace common {

/// What is to be compared.
struct Plan {
  std::size_t pages = 10;
  std::size_t in_flight = 10;  ///< At most, for those that can.
  Milliseconds delay{100};     ///< Before each answer; as the site has it.
  std::size_t repeat = 1;      ///< Times that each crawler runs, in turn with the others.
  std::vector<Crawler> crawlers = all_crawlers();
  Milliseconds longest{10'000};  ///< One page at a time, who would need more is left out.
};

/// A crawler that has no part in a crawl.
struct LeftOut {
  Crawler crawler;
  std::string reason;
};

/// A crawler's run. Where it ran more than once, the figures are medians, and the pages those of
/// the run with the median time.
struct Measured : CrawlerRun {
  std::vector<Milliseconds> each;  ///< The time of every run, the shortest first.
};

/// One job, and how each crawler did it.
struct Crawl {
  std::size_t pages = 0;
  std::size_t in_flight = 0;         ///< At most, for those that can; `CrawlerRun` tells for each.
  Milliseconds delay{};              ///< Before each answer.
  Milliseconds blocking{};           ///< What stage 1 takes, one page after another,
  bool blocking_is_estimate = true;  ///< if it was not seen but reckoned.
  std::vector<Measured> runs = {};
  std::vector<LeftOut> left_out = {};

  /// What nobody can be faster than: the pages one by one, or `in_flight` at a time.
  Milliseconds least() const;
};

/// Is called when all runs of a crawler are done; it is the last of `crawl.runs`.
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

/// All figures, those of `growth` if there are any. With the times of each page where there are
/// few.
std::string to_json(const std::vector<Crawl>& crawls, const std::vector<Crawl>& growth = {});

}  // namespace common
