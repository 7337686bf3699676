// The one clock of the tutorial: steady, so that a changed wall clock never fires or loses a timer.
#pragma once

#include <chrono>

namespace common {

/// The clock of all deadlines and measurements. Nobody sets it: the time of day may jump, and would
/// make a deadline pass, or never come. Its `TimePoint`, and its `Duration`, to which every unit
/// converts.
using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;
using Duration = Clock::duration;

/// `now + delay`, but `TimePoint::max()` if no TimePoint is as late as that.
constexpr TimePoint later(TimePoint now, Duration delay) {
  return delay < TimePoint::max() - now ? now + delay : TimePoint::max();
}

/// How long it is until `when`: zero if that has passed.
constexpr Duration time_until(TimePoint when, TimePoint now) {
  return when > now ? when - now : Duration::zero();
}

}  // namespace common
