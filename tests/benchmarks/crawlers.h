// Who takes part in the benchmarks of the whole crawl.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "common/crawl/crawl_job.h"

/// One of them.
struct Crawler {
  std::string name;
  /// Crawls, and returns how many pages were fetched.
  std::function<std::size_t(const common::CrawlJob&)> crawl;
  bool one_at_a_time = false;  ///< Never has two pages in flight.
};

/// Every stage, stage 1's variants, the twin on Boost.Asio, and the floor: raw_epoll.
const std::vector<Crawler>& crawlers();
