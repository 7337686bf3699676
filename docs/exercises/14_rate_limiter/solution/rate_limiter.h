// Exercise 14, solved. The only state is when the last few passed. The first in line sleeps until
// the oldest of those is long enough ago; the others wait in line, for a permit.
#pragma once

#include <cstddef>
#include <deque>

#include "common/net/clock.h"
#include "stage5_native_coroutines/semaphore.h"
#include "stage5_native_coroutines/task.h"
#include "stage5_native_coroutines/timeout.h"

/// Lets at most `most` (at least 1) pass within any span of `per`. Must outlive those who wait.
class RateLimiter {
 public:
  RateLimiter(std::size_t most, common::Duration per) : most_(most), per_(per) {}

  /// Waits until one may pass, first come, first served. Whoever is cancelled while he waits has
  /// not passed, and holds nobody up.
  stage5::Coroutine<> turn() {
    co_await first_in_line_.acquire();
    const Leave leave{first_in_line_};
    if (passed_.size() == most_) {
      co_await stage5::sleep_until(passed_.front() + per_);
      passed_.pop_front();
    }
    passed_.push_back(common::Clock::now());
  }

 private:
  // Lets the next one come first, however this one leaves.
  struct Leave {
    stage5::Semaphore& first_in_line;
    ~Leave() { first_in_line.release(); }
  };

  const std::size_t most_;
  const common::Duration per_;
  std::deque<common::TimePoint> passed_;  // the last `most_`
  stage5::Semaphore first_in_line_{1};
};
