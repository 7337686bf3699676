// Exercise 2. The test of start/retry.h, or of the solution.
#include "retry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <deque>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "common/net/timing.h"
#include "stage1_blocking/crawler.h"
#include "tests/common/net_peer.h"

namespace {

using common::Duration;
using common::Response;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;

// Answers with one status after the other; 0 is a connection that was reset.
class Retry : public testing::Test {
 protected:
  World world() {
    return {.fetch =
                [this] {
                  if (++fetched > 1000) throw std::logic_error("it never gives up");
                  const int status = statuses.empty() ? 0 : statuses.front();
                  if (!statuses.empty()) statuses.pop_front();
                  if (status == 0)
                    throw std::system_error(std::make_error_code(std::errc::connection_reset));
                  Response response;
                  response.status = status;
                  return response;
                },
            .pause = [this](Duration pause) { pauses.push_back(pause); },
            .random = [this] { return random; }};
  }

  std::deque<int> statuses;
  double random = 0.5;
  int fetched = 0;
  std::vector<Duration> pauses;
};

TEST_F(Retry, DoesNotPauseIfTheFirstTryWorks) {
  statuses = {200};
  EXPECT_EQ(fetch_with_retries(world(), {}).status, 200);
  EXPECT_THAT(pauses, ElementsAre());
}

TEST_F(Retry, RetriesErrorsAndRetryableStatuses) {
  statuses = {0, 503, 429, 200};
  EXPECT_EQ(fetch_with_retries(world(), {}).status, 200);
  EXPECT_EQ(fetched, 4);
}

TEST_F(Retry, PausesDoubleUpToTheLongestWithJitter) {
  statuses = {0, 0, 0, 0, 200};
  fetch_with_retries(world(), {.tries = 5, .first = milliseconds(100), .most = milliseconds(300)});
  EXPECT_THAT(pauses, ElementsAre(milliseconds(50), milliseconds(100), milliseconds(150),
                                  milliseconds(150)));
}

TEST_F(Retry, EachPauseIsDrawnAtRandom) {
  auto all = world();
  double next = 0;
  all.random = [&] { return next += 0.25; };
  EXPECT_THROW(
      fetch_with_retries(all, {.tries = 3, .first = milliseconds(100), .most = milliseconds(100)}),
      std::system_error);
  EXPECT_THAT(pauses, ElementsAre(milliseconds(25), milliseconds(50)));
}

TEST_F(Retry, PausesNeverExceedTheLongestOne) {
  random = std::nextafter(1.0, 0.0);
  EXPECT_THROW(fetch_with_retries(world(), {.tries = 200}), std::system_error);
  ASSERT_EQ(pauses.size(), 199u);
  for (const auto pause : pauses) {
    EXPECT_GT(pause, Duration::zero());
    EXPECT_LE(pause, seconds(2));
  }
}

TEST_F(Retry, GivesUpWithoutAPauseAfterTheLastTry) {
  statuses = {503, 503, 503};
  EXPECT_EQ(fetch_with_retries(world(), {.tries = 3}).status, 503);
  EXPECT_EQ(fetched, 3);
  EXPECT_EQ(pauses.size(), 2u);
}

TEST_F(Retry, PermanentFailureIsNotRetried) {
  statuses = {404, 200};
  EXPECT_EQ(fetch_with_retries(world(), {}).status, 404);
  auto broken = world();
  broken.fetch = []() -> Response { throw std::logic_error("a mistake of ours"); };
  EXPECT_THROW(fetch_with_retries(broken, {}), std::logic_error);
  EXPECT_THAT(pauses, ElementsAre());
}

TEST_F(Retry, WorksWithStage1sFetch) {
  common::testing::Listener refuses;  // nobody listens
  auto real = world();
  real.fetch = [&] {
    ++fetched;
    common::Timing timing;
    return stage1::fetch({.id = 1,
                          .url = "/",
                          .address = refuses.endpoint(),
                          .request = "GET / HTTP/1.1\r\nHost: here\r\n\r\n",
                          .max_body = 1000,
                          .timing = &timing});
  };
  EXPECT_THROW(fetch_with_retries(real, {.tries = 2}), std::system_error);
  EXPECT_EQ(fetched, 2);
}

}  // namespace
