// Names the one clock of the tutorial. It is steady, so setting the time of day fires no timer and
// loses none.
#pragma once

#include <chrono>

namespace common {

/// Measures all deadlines and durations. It cannot be set; with the time of day, which can, a
/// deadline might pass too early or never. `TimePoint` and `Duration` are its types; a value in any
/// unit, such as `std::chrono::milliseconds(100)`, converts to `Duration`.
using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;
using Duration = Clock::duration;

/// Returns `now + delay`, or `TimePoint::max()` if the sum would overflow.
constexpr TimePoint later(TimePoint now, Duration delay) {
  return delay < TimePoint::max() - now ? now + delay : TimePoint::max();
}

/// Returns how long it is until `when`, or zero if that has passed.
constexpr Duration time_until(TimePoint when, TimePoint now) {
  return when > now ? when - now : Duration::zero();
}

}  // namespace common
