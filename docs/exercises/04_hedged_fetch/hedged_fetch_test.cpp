// Exercise 4. The test of start/hedged_fetch.h, or of the solution.
#include "hedged_fetch.h"

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <system_error>

#include "common/net/endpoint.h"
#include "common/net/timing.h"
#include "common/site/practice_site.h"
#include "stage2_callbacks/event_loop.h"
#include "tests/common/net_peer.h"

namespace {

using common::Attempt;
using common::Clock;
using common::Duration;
using std::chrono::milliseconds;
using std::chrono::seconds;

class HedgedFetchTest : public testing::Test {
 protected:
  Attempt attempt(common::Endpoint address, const std::string& path, common::Timing& timing) {
    timing.deadline = Clock::now() + seconds(20);
    requests.push_back("GET " + path + " HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n");
    return {.id = 1,
            .url = "/",
            .address = address,
            .request = requests.back(),
            .max_body = 1'000'000,
            .timing = &timing};
  }
  // A page of the site, which answers after `delay`.
  Attempt page(Duration delay, common::Timing& timing) {
    const auto ms = std::chrono::duration_cast<milliseconds>(delay).count();
    return attempt(*common::Endpoint::parse("127.0.0.1", site.port()),
                   "/1?delay_ms=" + std::to_string(ms), timing);
  }
  Attempt refused(common::Timing& timing) { return attempt(nobody.endpoint(), "/", timing); }

  // Runs a HedgedFetch to its end.
  void run(Attempt first, Attempt second, Duration patience) {
    HedgedFetch fetch(
        loop, first, second, patience, [this](std::error_code e, const common::Response& response) {
          ++finished;
          error = e;
          status = response.status;
          registered_at_the_end = loop.counts().registered - loop.counts().unregistered;
        });
    fetch.fetch();
    EXPECT_EQ(finished, 0) << "`done` is called by the loop";
    const auto started = Clock::now();
    loop.run();
    took = Clock::now() - started;
    EXPECT_EQ(finished, 1);
  }

  common::PracticeSite site{{.delay = milliseconds(1)}};
  common::testing::Listener nobody;  // refuses: it never listens
  stage2::EventLoop loop;
  common::Timing first, second;
  std::deque<std::string> requests;
  int finished = 0;
  std::error_code error;
  int status = 0;
  std::size_t registered_at_the_end = 0;
  Duration took{};
};

TEST_F(HedgedFetchTest, DoesNotStartTheSecondIfTheFirstAnswersInTime) {
  run(page(milliseconds(1), first), page(milliseconds(1), second), seconds(10));
  EXPECT_EQ(status, 200);
  EXPECT_EQ(second.connecting, common::TimePoint{});
  EXPECT_LT(took, seconds(5)) << "a timer was left behind";
}

TEST_F(HedgedFetchTest, StartsTheSecondOnceItsPatienceIsOver) {
  run(page(seconds(6), first), page(milliseconds(1), second), milliseconds(20));
  EXPECT_EQ(status, 200);
  EXPECT_GE(second.connecting - first.connecting, milliseconds(20));
  EXPECT_LT(took, seconds(5)) << "the first had to be waited for";
}

TEST_F(HedgedFetchTest, EndsTheLoserBeforeItCallsDone) {
  run(page(seconds(6), first), page(milliseconds(1), second), milliseconds(1));
  EXPECT_EQ(registered_at_the_end, 0u);
}

TEST_F(HedgedFetchTest, LetsTheFirstWinEvenAfterTheSecondHasStarted) {
  run(page(milliseconds(100), first), page(seconds(6), second), milliseconds(1));
  EXPECT_EQ(status, 200);
  EXPECT_NE(second.connecting, common::TimePoint{}) << "the second had started";
  EXPECT_LT(took, seconds(5));
}

TEST_F(HedgedFetchTest, StartsTheSecondAtOnceIfTheFirstFails) {
  run(refused(first), page(milliseconds(1), second), seconds(10));
  EXPECT_EQ(status, 200);
  EXPECT_LT(took, seconds(5));
}

TEST_F(HedgedFetchTest, WaitsForTheFirstIfTheSecondFails) {
  run(page(milliseconds(100), first), refused(second), milliseconds(1));
  EXPECT_FALSE(error) << error.message();
  EXPECT_EQ(status, 200);
}

TEST_F(HedgedFetchTest, ReportsTheLastErrorIfBothFail) {
  run(refused(first), refused(second), seconds(10));
  EXPECT_EQ(error, std::errc::connection_refused);
  EXPECT_LT(took, seconds(5));
}

TEST_F(HedgedFetchTest, LeavesNothingInTheLoopIfItIsDropped) {
  {
    HedgedFetch fetch(loop, page(seconds(6), first), page(seconds(6), second), milliseconds(1),
                      [this](std::error_code, const common::Response&) { ++finished; });
    fetch.fetch();
    const auto enough = loop.call_at(Clock::now() + milliseconds(20), [this] { loop.stop(); });
    loop.run();
  }
  const auto started = Clock::now();
  loop.run();
  EXPECT_LT(Clock::now() - started, seconds(5));
  EXPECT_EQ(finished, 0);
  EXPECT_EQ(loop.counts().registered, loop.counts().unregistered);
}

}  // namespace
