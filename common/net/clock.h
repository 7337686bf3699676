// The one clock of the tutorial: steady, so that a changed wall clock never fires or loses a timer.
#pragma once

#include <chrono>

namespace common {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;
using Duration = Clock::duration;

}  // namespace common
