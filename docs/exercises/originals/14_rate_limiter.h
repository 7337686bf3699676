// Exercise 14: so many, and then a pause.
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
  RateLimiter([[maybe_unused]] std::size_t most, [[maybe_unused]] common::Duration per) {}

  /// Waits until one may pass, first come, first served. Whoever is cancelled while he waits has
  /// not passed, and holds nobody up.
  stage5::Coroutine<> turn() { co_return; }  // TODO: everybody passes
};
