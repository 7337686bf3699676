// The comparison: the same pages for every crawler, on one practice site.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "common/compare/crawler_run.h"
#include "common/site/site_process.h"

namespace common {

/// A crawler that has no part in a crawl.
struct LeftOut {
  Crawler crawler;
  std::string reason;
};

/// One job, and how each crawler did it.
struct Crawl {
  std::size_t pages = 0;
  std::size_t in_flight = 0;         ///< At most, for those that can; `CrawlerRun` tells for each.
  Milliseconds delay{};              ///< Before each answer.
  Milliseconds blocking{};           ///< What stage 1 takes, one page after another,
  bool blocking_is_estimate = true;  ///< if it was not seen but reckoned.
  std::vector<CrawlerRun> runs = {};
  std::vector<LeftOut> left_out = {};

  /// What nobody can be faster than: the pages one by one, or `in_flight` at a time.
  Milliseconds least() const;
};

/// Is called after each run, which is the last of `crawl.runs`.
using AfterRun = std::function<void(const Crawl& crawl)>;

/// The site that all of them crawl.
SiteOptions compared_site();

/// The article's ten pages, all at once for those that can. `bin` is the folder of the programs.
/// Throws as `run_crawler` does.
Crawl crawl_ten_pages(const std::filesystem::path& bin, const SiteProcess& site,
                      const AfterRun& after_run);

/// A thousand pages, two hundred at once, without those that fetch one at a time. `ten_pages` tells
/// how long these would take. Throws as `run_crawler` does.
Crawl crawl_thousand_pages(const std::filesystem::path& bin, const SiteProcess& site,
                           const Crawl& ten_pages, const AfterRun& after_run);

/// All figures. With the times of each page where there are few.
std::string to_json(const std::vector<Crawl>& crawls);

}  // namespace common
