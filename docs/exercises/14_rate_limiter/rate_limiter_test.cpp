// Exercise 14. The test of start/rate_limiter.h, or of the solution.
#include "rate_limiter.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <list>
#include <string>
#include <utility>
#include <vector>

#include "stage5_native_coroutines/gather.h"
#include "stage5_native_coroutines/task.h"
#include "tests/stage5_native_coroutines/runtime_tools.h"

namespace {

struct Passed {
  std::string name;
  common::TimePoint when;
};

using PassedOnes = std::vector<Passed>;

Coroutine<> pass_and_note(RateLimiter* limiter, std::string name, PassedOnes* passed) {
  co_await limiter->turn();
  passed->push_back({name, Clock::now()});
}

class RateLimiterTest : public Runtime {
 protected:
  Coroutine<> pass(RateLimiter* limiter, std::string name) {
    return pass_and_note(limiter, std::move(name), &passed);
  }
  // Runs the loop for a moment, in which nobody's time comes.
  void run_briefly() {
    const auto enough = loop->call_later(milliseconds(10), [this] { loop->stop(); });
    run();
  }
  std::string names() const {
    std::string all;
    for (const auto& each : passed) all += each.name;
    return all;
  }

  PassedOnes passed;
};

TEST_F(RateLimiterTest, BurstPassesAndTheNextOneWaits) {
  RateLimiter limiter(3, seconds(100));
  std::list<Task<>> tasks;
  for (const auto* name : {"a", "b", "c", "d", "e"})
    tasks.emplace_back(*loop, pass(&limiter, name));
  run_briefly();
  EXPECT_EQ(names(), "abc");
}

TEST_F(RateLimiterTest, LimitHoldsInEveryTimeWindow) {
  RateLimiter limiter(3, milliseconds(30));
  std::vector<Coroutine<>> all;
  for (const auto* name : {"a", "b", "c", "d", "e", "f", "g", "h"})
    all.push_back(pass(&limiter, name));
  run(gather(std::move(all)));
  EXPECT_EQ(names(), "abcdefgh") << "first come, first served";
  for (std::size_t i = 3; i < passed.size(); ++i)
    EXPECT_GE(passed[i].when - passed[i - 3].when, milliseconds(30)) << passed[i].name;
}

TEST_F(RateLimiterTest, UnusedPermitsAreNotSaved) {
  RateLimiter limiter(2, milliseconds(30));
  const auto now_and_then = [](RateLimiter* limiter, PassedOnes* passed) -> Coroutine<> {
    co_await pass_and_note(limiter, "a", passed);
    co_await sleep(milliseconds(100));
    std::vector<Coroutine<>> all;
    for (const auto* name : {"b", "c", "d"}) all.push_back(pass_and_note(limiter, name, passed));
    co_await gather(std::move(all));
  };
  run(now_and_then(&limiter, &passed));
  ASSERT_EQ(names(), "abcd");
  EXPECT_GE(passed[3].when - passed[1].when, milliseconds(30));
}

TEST_F(RateLimiterTest, CancelledWaiterUsesNoPermit) {
  RateLimiter limiter(1, seconds(1));
  Task<> a(*loop, pass(&limiter, "a"));
  Task<> first_in_line(*loop, pass(&limiter, "b"));
  Task<> second_in_line(*loop, pass(&limiter, "c"));
  Task<> d(*loop, pass(&limiter, "d"));
  run_briefly();
  first_in_line.cancel();
  second_in_line.cancel();
  run();
  ASSERT_EQ(names(), "ad");
  EXPECT_GE(passed[1].when - passed[0].when, seconds(1));
  EXPECT_LT(passed[1].when - passed[0].when, seconds(2)) << "those who left held the others up";
}

}  // namespace
