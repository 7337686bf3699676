// Ten thousand pages in flight at once, each answered after two seconds: what an event loop is for.
// Stage 1's threads do a thousand.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <functional>
#include <ostream>
#include <string>

#include "common/crawl/crawl_job.h"
#include "common/crawl/crawl_report.h"
#include "common/site/site_process.h"
#include "stage1_blocking/crawler.h"
#include "stage2_callbacks/crawler.h"
#include "stage3_future_task/crawler.h"
#include "stage4_yield_from/crawler.h"
#include "stage5_native_coroutines/asio/crawler.h"
#include "stage5_native_coroutines/crawler.h"

namespace {

using common::CrawlJob;
using common::CrawlReport;
using std::chrono::seconds;

struct Row {
  const char* name;
  std::function<CrawlReport(const CrawlJob&)> crawl;
  std::size_t pages;

  friend void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }
};

class Scale : public testing::TestWithParam<Row> {};

// Raises how many descriptors this process may have to what it is allowed.
bool may_have_descriptors(std::size_t count) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur >= count;
}

TEST_P(Scale, HoldsAllPagesInFlightAtOnceAndFetchesEveryOne) {
  const auto& row = GetParam();
  if (!may_have_descriptors(row.pages + 100)) {
    GTEST_SKIP() << "this system allows too few descriptors (ulimit -Hn): needs "
                 << row.pages + 100;
  }
  const common::SiteProcess site({.pages = row.pages + 1, .delay = seconds(2)});
  CrawlJob job;
  for (std::size_t i = 1; i <= row.pages; ++i)
    job.urls.push_back(site.url("/" + std::to_string(i)));
  job.concurrency = row.pages;
  job.max_pages = row.pages;
  job.variant = row.pages == 1000 ? "threads" : "";
  job.timeout = job.connect_timeout = seconds(60);
  const auto report = row.crawl(job);
  EXPECT_EQ(report.fetched(), row.pages);
  EXPECT_EQ(report.failed(), 0);
  EXPECT_EQ(report.most_in_flight, row.pages);
  EXPECT_LT(report.elapsed, seconds(60));
}

INSTANTIATE_TEST_SUITE_P(All, Scale,
                         testing::Values(Row{"stage1_threads", stage1::crawl, 1000},
                                         Row{"stage2", stage2::crawl, 10000},
                                         Row{"stage3", stage3::crawl, 10000},
                                         Row{"stage4", stage4::crawl, 10000},
                                         Row{"stage5", stage5::crawl, 10000},
                                         Row{"asio_crawler", asio_crawler::crawl, 10000}),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
