// A whole crawl leaves no coroutine behind: frames created are frames destroyed, however it ends.
#include "stage5_native_coroutines/crawler.h"

#include "common/crawl/interrupt.h"
#include "common/site/site_process.h"
#include "runtime_tools.h"
#include "tests/common/net_peer.h"

namespace {

using CrawlTest = Runtime;  // counts the frames

TEST_F(CrawlTest, FailedPagesLeaveNoFrame) {
  const common::SiteProcess site({.pages = 10});
  const common::testing::Listener silent;  // bound, and deaf
  common::CrawlJob job;
  job.timeout = milliseconds(200);
  job.max_tries = 1;
  job.urls = {site.url("/1"), site.url("/2?delay_ms=60000"),
              "http://" + silent.endpoint().to_string() + "/"};
  const auto report = crawl(job);
  EXPECT_EQ(report.exit_status(), 1);
  EXPECT_EQ(report.pages.size(), 3);
  EXPECT_GT(frame_counts.created, 10);
}

TEST_F(CrawlTest, InterruptLeavesNoFrame) {
  const common::SiteProcess site({.pages = 10});
  common::Interrupt interrupt;
  common::CrawlJob job;
  job.urls = {site.url("/1")};
  for (int page = 2; page <= 5; ++page) {
    job.urls.push_back(site.url("/" + std::to_string(page) + "?delay_ms=60000"));
  }
  job.interrupt = &interrupt;
  job.on_progress = [&](const common::CrawlProgress&) { interrupt.request(); };
  EXPECT_TRUE(crawl(job).interrupted);
}

TEST_F(CrawlTest, CallersErrorLeavesNoFrame) {
  const common::SiteProcess site({.pages = 10});
  common::CrawlJob job;
  for (int page = 1; page <= 5; ++page) job.urls.push_back(site.url("/" + std::to_string(page)));
  job.on_progress = [](const common::CrawlProgress&) { throw std::runtime_error("enough"); };
  EXPECT_THROW(crawl(job), std::runtime_error);
}

}  // namespace
