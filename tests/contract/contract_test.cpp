// One contract, every crawler: the same pages and bytes, the cap held, each fault ending with its
// error in time, nothing lost, nothing left open.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "common/crawl/crawl_error.h"
#include "common/crawl/interrupt.h"
#include "common/site/practice_site.h"
#include "common/site/site_process.h"
#include "crawlers.h"
#include "leftovers.h"
#include "silent_port.h"

namespace {

using common::Clock;
using common::CrawlError;
using common::CrawlJob;
using common::CrawlReport;
using common::PageResult;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::AllOf;
using testing::Each;
using testing::Ge;
using testing::Le;

class Contract : public testing::TestWithParam<Crawler> {
 protected:
  // The site is a process of its own: descriptors and threads of this one are the crawler's.
  static void SetUpTestSuite() {
    site = std::make_unique<common::SiteProcess>(
        common::SiteOptions{.pages = 1000, .delay = milliseconds(20)});
  }
  static void TearDownTestSuite() { site.reset(); }

  static CrawlJob job(std::vector<std::string> paths) {
    CrawlJob job;
    for (const auto& path : paths) job.urls.push_back(site->url(path));
    job.max_tries = 1;
    return job;
  }

  CrawlReport run(const CrawlJob& job) {
    auto report = GetParam().run(job);
    EXPECT_EQ(report.selector.registered, report.selector.unregistered);
    EXPECT_EQ(report.selector.registered > 0, GetParam().has_loop);
    return report;
  }

  // Crawls `paths` with a good page among them: whatever becomes of the others, that one is
  // fetched.
  std::error_code error_of(const std::string& path, CrawlJob limits = job({})) {
    limits.urls = {site->url(path), site->url("/1")};
    const auto report = run(limits);
    EXPECT_EQ(report.pages.size(), 2);
    std::error_code error;
    for (const auto& page : report.pages) {
      if (page.url == site->url("/1")) {
        EXPECT_TRUE(page.fetched()) << page.error.message();
      } else {
        error = page.error;
      }
    }
    return error;
  }

  inline static std::unique_ptr<common::SiteProcess> site;
  const Leftovers leftovers;
};

INSTANTIATE_TEST_SUITE_P(All, Contract, testing::ValuesIn(crawlers()), crawler_name);

TEST_P(Contract, FetchesTheArticlesTenPages) {
  const auto report = run(job({"/", "/1", "/2", "/3", "/4", "/5", "/6", "/7", "/8", "/9"}));
  EXPECT_EQ(report.exit_status(), 0);
  ASSERT_EQ(report.pages.size(), 10);
  for (const auto& page : report.pages) {
    EXPECT_TRUE(page.fetched()) << page.url << ": " << page.error.message();
    EXPECT_EQ(page.status, 200) << page.url;
    EXPECT_EQ(page.tries, 1);
    EXPECT_THAT(
        (std::vector{page.connecting, page.connected, page.sent, page.first_byte, page.done}),
        Each(testing::Ne(std::nullopt)))
        << "a step was not noted";
    EXPECT_LE(page.connecting, page.connected);
    EXPECT_LE(page.connected, page.sent);
    EXPECT_LE(page.sent, page.first_byte);
    EXPECT_LE(page.first_byte, page.done);
  }
  EXPECT_EQ(report.most_in_flight, GetParam().one_at_a_time ? 1 : 10);
}

TEST_P(Contract, FetchesTheSameBytesAsEveryOther) {
  const std::vector<std::string> paths = {"/?bytes=1000", "/1?bytes=4096&delay_ms=0",
                                          "/2?bytes=4097", "/3?bytes=1000000"};
  const auto bodies_of = [&](const Crawler& crawler) {
    std::map<std::string, std::string> bodies;
    auto all = job(paths);
    all.on_page = [&](const PageResult& page, const common::Response& response) {
      EXPECT_EQ(page.body_bytes, response.body.size());
      bodies[page.url] = response.body;
    };
    crawler.run(all);
    return bodies;
  };
  const auto bodies = bodies_of(GetParam());
  ASSERT_EQ(bodies.size(), paths.size());
  EXPECT_EQ(bodies.at(site->url("/3?bytes=1000000")).size(), 1'000'000);
  static const auto expected = bodies;  // the first row's
  EXPECT_TRUE(bodies == expected);
}

TEST_P(Contract, AnHttpErrorIsAFetchedPage) {
  const auto report = run(job({"/no/such/page"}));
  ASSERT_EQ(report.pages.size(), 1);
  EXPECT_TRUE(report.pages[0].fetched());
  EXPECT_EQ(report.pages[0].status, 404);
  EXPECT_EQ(report.exit_status(), 0);
}

TEST_P(Contract, NeverHasMoreInFlightThanTheCapAllows) {
  const common::PracticeSite counting({.pages = 20, .delay = milliseconds(10)});
  CrawlJob all;
  for (int i = 1; i < 20; ++i) all.urls.push_back(counting.url("/" + std::to_string(i)));
  all.concurrency = 3;
  const auto report = GetParam().run(all);
  EXPECT_EQ(report.fetched(), 19);
  EXPECT_EQ(report.most_in_flight, GetParam().one_at_a_time ? 1 : 3);
  EXPECT_LE(counting.counts().most_open, 4) << "a socket that was just closed may still count";
  EXPECT_EQ(counting.counts().connections, 19);
}

TEST_P(Contract, FetchesAHundredPages) {
  std::vector<std::string> paths;
  for (int i = 0; i < 100; ++i) paths.push_back("/" + std::to_string(i + 1) + "?delay_ms=0");
  auto all = job(paths);
  all.concurrency = 16;
  EXPECT_EQ(run(all).fetched(), 100);
}

TEST_P(Contract, ClosedBeforeAnAnswer) {
  EXPECT_EQ(error_of("/fault/close"), CrawlError::closed_early);
}

TEST_P(Contract, ResetInMidBody) {
  EXPECT_EQ(error_of("/fault/reset"), CrawlError::connection_reset);
}

TEST_P(Contract, HalfAContentLength) {
  EXPECT_EQ(error_of("/fault/half"), CrawlError::closed_early);
}

TEST_P(Contract, NotHttp) { EXPECT_EQ(error_of("/fault/garbage"), CrawlError::bad_response); }

TEST_P(Contract, ABodyAboveTheLimit) {
  auto limits = job({});
  limits.max_body = 5000;
  EXPECT_EQ(error_of("/2?bytes=5000", limits), std::error_code());
  EXPECT_EQ(error_of("/2?bytes=5001", limits), CrawlError::body_too_large);
}

TEST_P(Contract, AServerThatNeverAnswersEndsWithTheTotalDeadline) {
  auto limits = job({});
  limits.timeout = milliseconds(300);
  const auto start = Clock::now();
  EXPECT_EQ(error_of("/fault/stall", limits), CrawlError::timed_out);
  EXPECT_THAT(Clock::now() - start, AllOf(Ge(milliseconds(300)), Le(seconds(10))));
}

TEST_P(Contract, SlowDripHitsTheTotalDeadline) {
  auto limits = job({});
  limits.timeout = milliseconds(300);
  const auto start = Clock::now();
  EXPECT_EQ(error_of("/fault/drip?delay_ms=20", limits), CrawlError::timed_out);
  EXPECT_LE(Clock::now() - start, seconds(10));
}

TEST_P(Contract, ADripThatIsInTimeIsFetched) {
  EXPECT_EQ(error_of("/fault/drip?delay_ms=0"), std::error_code());
}

TEST_P(Contract, ARefusedPort) {
  const SilentPort nobody(SilentPort::refuses);
  auto refused = job({});
  refused.urls = {nobody.url()};
  const auto report = run(refused);
  ASSERT_EQ(report.pages.size(), 1);
  EXPECT_EQ(report.pages[0].error, CrawlError::connection_refused);
  EXPECT_EQ(report.exit_status(), 1);
}

TEST_P(Contract, AConnectionThatIsNeverMadeEndsWithTheConnectDeadline) {
  const SilentPort deaf(SilentPort::drops);
  auto limits = job({});
  limits.urls = {deaf.url()};
  limits.connect_timeout = milliseconds(200);
  const auto start = Clock::now();
  const auto report = run(limits);
  ASSERT_EQ(report.pages.size(), 1);
  EXPECT_EQ(report.pages[0].error, CrawlError::connect_timed_out);
  EXPECT_THAT(Clock::now() - start, AllOf(Ge(milliseconds(200)), Le(seconds(10))));
}

TEST_P(Contract, ConnectDeadlineEndsWithTheConnection) {
  auto limits = job({"/1?delay_ms=300"});
  limits.connect_timeout = milliseconds(100);
  EXPECT_EQ(run(limits).fetched(), 1);
}

TEST_P(Contract, CtrlCEndsTheCrawlAndSaysWhatWasOpen) {
  common::Interrupt interrupt;
  auto all = job({"/1", "/fault/stall", "/fault/stall?again=1", "/2"});
  all.concurrency = 2;
  all.interrupt = &interrupt;
  const auto start = Clock::now();
  std::jthread ctrl_c([&] {
    std::this_thread::sleep_for(milliseconds(200));  // any moment will do
    interrupt.request();
  });
  const auto report = run(all);
  EXPECT_LE(Clock::now() - start, seconds(10));
  EXPECT_TRUE(report.interrupted);
  EXPECT_EQ(report.exit_status(), 130);
  EXPECT_EQ(report.pages.size() + report.remaining.size(), 4) << "each URL once";
  std::size_t interrupted = 0;
  for (const auto& page : report.pages) interrupted += page.error == CrawlError::interrupted;
  EXPECT_GE(interrupted, 1);
}

TEST_P(Contract, ABadStartUrlIsRefusedBeforeAnythingIsFetched) {
  auto bad = job({"/1"});
  bad.urls.push_back("https://127.0.0.1/");
  EXPECT_THROW(GetParam().run(bad), std::invalid_argument);
}

}  // namespace
