// Stage 2's Crawler by itself: who calls whom, and what is left behind.
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "common/net/endpoint.h"
#include "common/site/practice_site.h"
#include "stage2_callbacks/crawler.h"
#include "stage2_callbacks/event_loop.h"

namespace {

using namespace stage2;
using common::Attempt;
using common::Clock;
using common::Response;
using std::chrono::milliseconds;
using std::chrono::seconds;

class CrawlerTest : public testing::Test {
 protected:
  // Starts a Crawler for `path` of the site, which writes what came of it into the members below.
  void start(const std::string& path) {
    Attempt attempt;
    attempt.id = 1;
    attempt.address = *common::Endpoint::parse("127.0.0.1", site.port());
    request = "GET " + path + " HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n";
    attempt.request = request;
    attempt.max_body = 1'000'000;
    attempt.timing = &timing;
    crawler = std::make_unique<Crawler>(loop, attempt, [this](std::error_code e, Response r) {
      ++finished;
      error = e;
      response = std::move(r);
    });
    crawler->fetch();
  }

  common::PracticeSite site{{.delay = milliseconds(1)}};
  EventLoop loop;
  common::Timing timing;
  std::string request;
  std::unique_ptr<Crawler> crawler;
  int finished = 0;
  std::error_code error;
  Response response;
};

TEST_F(CrawlerTest, ReturnsFromFetchBeforeAnythingHasCome) {
  start("/1");
  EXPECT_EQ(finished, 0);
  loop.run();
  EXPECT_EQ(finished, 1);
  EXPECT_FALSE(error) << error.message();
  EXPECT_EQ(response.status, 200);
}

TEST_F(CrawlerTest, RegistersOnceToWriteAndOnceToRead) {
  start("/1?bytes=500000");
  loop.run();
  EXPECT_EQ(response.body.size(), 500'000);
  EXPECT_EQ(loop.counts().registered, 2);
  EXPECT_EQ(loop.counts().unregistered, 2);
}

TEST_F(CrawlerTest, PassesAnErrorOnAsData) {
  start("/fault/close");
  EXPECT_NO_THROW(loop.run());
  EXPECT_EQ(finished, 1);
  EXPECT_TRUE(error);
}

TEST_F(CrawlerTest, EndsAtItsDeadlineWithTimedOut) {
  timing.deadline = Clock::now() + milliseconds(30);
  start("/fault/stall");
  loop.run();
  EXPECT_EQ(finished, 1);
  EXPECT_EQ(error, std::errc::timed_out);
}

TEST_F(CrawlerTest, LeavesNoTimerBehindWhenItIsDoneInTime) {
  timing.deadline = Clock::now() + seconds(60);
  start("/1");
  loop.run();  // would wait for a timer that was left
  EXPECT_LT(Clock::now(), timing.deadline - seconds(30));
}

TEST_F(CrawlerTest, DestroyedWhileWaitingUnregisters) {
  start("/fault/stall");
  crawler.reset();
  loop.run();
  EXPECT_EQ(finished, 0);
  EXPECT_EQ(loop.counts().registered, loop.counts().unregistered);
}

}  // namespace
