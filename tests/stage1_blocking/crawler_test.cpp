// Stage 1 by itself: one page after another, and what the variants do about it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <system_error>

#include "common/net/endpoint.h"
#include "common/site/practice_site.h"
#include "common/site/site_process.h"
#include "stage1_blocking/crawler.h"

namespace {

using common::Attempt;
using common::Clock;
using common::CrawlJob;
using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Property;
using testing::ThrowsMessage;

class Stage1 : public testing::Test {
 protected:
  CrawlJob six_pages(const std::string& variant) {
    CrawlJob job;
    job.variant = variant;
    for (int i = 1; i <= 6; ++i) job.urls.push_back(site.url("/" + std::to_string(i)));
    return job;
  }

  Attempt attempt(const std::string& path, common::Timing* timing) {
    request = "GET " + path + " HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n";
    return {.id = 1,
            .url = "/",
            .address = *common::Endpoint::parse("127.0.0.1", site.port()),
            .request = request,
            .max_body = 1'000'000,
            .timing = timing};
  }

  common::SiteProcess site{{.delay = milliseconds(30)}};
  std::string request;
};

TEST_F(Stage1, OnePageAfterAnotherTakesTheSumOfTheirDelays) {
  EXPECT_GE(stage1::crawl(six_pages("sequential")).elapsed, 6 * milliseconds(30));
  EXPECT_GE(stage1::crawl(six_pages("busy")).elapsed, 6 * milliseconds(30));
}

TEST_F(Stage1, ThreadsAndProcessesWaitSideBySide) {
  for (const std::string variant : {"threads", "processes"}) {
    const auto report = stage1::crawl(six_pages(variant));
    EXPECT_EQ(report.most_in_flight, 6) << variant;
    EXPECT_GT(report.achieved_concurrency(), 1.5) << variant;
  }
}

TEST_F(Stage1, FetchWaitsInTheCallingThreadAndReturnsThePage) {
  common::Timing timing;
  const auto response = stage1::fetch(attempt("/1?bytes=5000", &timing));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body.size(), 5000);
  EXPECT_GE(timing.first_byte - timing.sent, milliseconds(25));
}

TEST_F(Stage1, FetchThrowsWhenTheDeadlineHasPassed) {
  for (auto* fetch : {stage1::fetch, stage1::fetch_busily}) {
    common::Timing timing;
    timing.deadline = Clock::now() + milliseconds(50);
    try {
      fetch(attempt("/fault/stall", &timing));
      ADD_FAILURE() << "returned";
    } catch (const std::system_error& error) {
      EXPECT_EQ(error.code(), std::errc::timed_out);
    }
    EXPECT_GE(Clock::now(), timing.deadline);
  }
}

TEST_F(Stage1, AVariantThatDoesNotExistIsRefusedWithTheChoices) {
  EXPECT_THAT([&] { stage1::crawl(six_pages("fibers")); },
              ThrowsMessage<std::invalid_argument>(
                  testing::AllOf(HasSubstr("'fibers'"), HasSubstr("sequential"))));
}

}  // namespace
