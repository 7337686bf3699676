// Measures the time of a crawl: from its first attempt on, without the waits for name look-ups.
#pragma once

#include <algorithm>
#include <optional>

#include "common/net/clock.h"

namespace common {

/// Converts points in time to times of the crawl. The clock starts at the first attempt. It stands
/// still while the crawl waits for nothing but a name look-up, because how long a name server takes
/// says nothing about how a crawler waits. The Frontier owns it and moves it.
class CrawlClock {
 public:
  /// Starts the clock at the first attempt. Further calls change nothing.
  void start(TimePoint now) {
    if (!origin_) origin_ = now;
  }

  /// Stops the clock from `now` until `go_on`.
  void stand_still(TimePoint now) {
    if (!standing_since_) standing_since_ = now;
  }

  /// Lets the clock run again. Does nothing if it runs.
  void go_on(TimePoint now) {
    if (standing_since_ && origin_) *origin_ += now - *standing_since_;
    standing_since_.reset();
  }

  /// Returns the time of the crawl at `when`, or zero before the first attempt.
  Duration at(TimePoint when) const {
    if (!origin_) return Duration::zero();
    return std::max(Duration::zero(), std::min(when, standing_since_.value_or(when)) - *origin_);
  }

 private:
  std::optional<TimePoint> origin_;
  std::optional<TimePoint> standing_since_;
};

}  // namespace common
