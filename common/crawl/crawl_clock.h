// The time of a crawl: from its first attempt on, without the waits for name look-ups.
#pragma once

#include <algorithm>
#include <optional>

#include "common/net/clock.h"

namespace common {

/// Turns points of time into times of the crawl. It begins at the first attempt, and stands still
/// while nothing can happen but the answer to a look-up: how long a name server takes says nothing
/// about how a crawler waits.
class CrawlClock {
 public:
  /// The first attempt begins; further calls change nothing.
  void start(TimePoint now) {
    if (!origin_) origin_ = now;
  }

  /// From `now` until `go_on`, no time passes.
  void stand_still(TimePoint now) {
    if (!standing_since_) standing_since_ = now;
  }

  /// What `stand_still` began is over; nothing else changes.
  void go_on(TimePoint now) {
    if (standing_since_ && origin_) *origin_ += now - *standing_since_;
    standing_since_.reset();
  }

  /// The time of the crawl at `when`; zero before it began.
  Duration at(TimePoint when) const {
    if (!origin_) return Duration::zero();
    return std::max(Duration::zero(), std::min(when, standing_since_.value_or(when)) - *origin_);
  }

 private:
  std::optional<TimePoint> origin_;
  std::optional<TimePoint> standing_since_;
};

}  // namespace common
