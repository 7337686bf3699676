// The crawlers that the contract holds for: every stage, every variant of stage 1, every selector.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "common/crawl/crawl_job.h"
#include "common/crawl/crawl_report.h"
#include "common/net/selector.h"

/// One row of the contract suite.
struct Crawler {
  std::string name;
  std::function<common::CrawlReport(const common::CrawlJob&)> crawl;
  common::Selector::Kind selector = common::Selector::default_kind();
  std::string variant = {};
  bool one_at_a_time = false;  ///< Sequential and busy: never more than one page in flight.
  bool has_loop = true;        ///< Reports its registrations.

  /// `crawl` with this row's selector and variant.
  common::CrawlReport run(common::CrawlJob job) const {
    job.selector = selector;
    job.variant = variant;
    return crawl(job);
  }
};

/// All of them.
const std::vector<Crawler>& crawlers();

inline void PrintTo(const Crawler& crawler, std::ostream* out) { *out << crawler.name; }

inline std::string crawler_name(const testing::TestParamInfo<Crawler>& info) {
  return info.param.name;
}
