// Says by when one connection must be made and done, and notes when each step of it was reached.
#pragma once

#include <algorithm>
#include <atomic>
#include <utility>

#include "common/net/clock.h"
#include "common/trace/trace.h"

namespace common {

/// Holds the two deadlines of one attempt and the times of its steps. The Frontier owns one for
/// each Attempt and sets the deadlines; the Socket writes the steps into it. A step that was not
/// reached is `TimePoint{}`. Not thread-safe, apart from the two flags, which any thread may set.
///
/// ```cpp
/// Timing timing;
/// timing.deadline = later(Clock::now(), std::chrono::seconds(30));
/// // ... ask the socket for bytes, with nothing to show for it ...
/// if (timing.too_late()) std::puts("timed out");
/// ```
struct Timing {
  TimePoint connect_deadline = TimePoint::max();  ///< The connection is made by then, or timed out.
  TimePoint deadline = TimePoint::max();          ///< The attempt is done by then, or timed out.
  /// Is null, or points to a flag that makes both deadlines pass at once when it is set: Ctrl-C.
  const std::atomic<bool>* cancelled = nullptr;
  const std::atomic<bool>* crawl_over = nullptr;  ///< Likewise, when the crawl failed elsewhere.
  trace::Context trace = {};  ///< The attempt in whose trace the Socket's steps appear.

  TimePoint connecting{};    ///< `connect` was called.
  TimePoint connected{};     ///< The peer accepted.
  TimePoint sent{};          ///< The kernel took the last byte of the request so far.
  TimePoint first_byte{};    ///< The first bytes of the answer arrived.
  bool last_chance = false;  ///< The deadline passed, and nothing has moved since.

  /// Returns the deadline in force: the earlier of the two until the connection is made, and
  /// `deadline` from then on.
  TimePoint current_deadline() const {
    if (is_set(cancelled) || is_set(crawl_over)) return TimePoint{};
    return connected == TimePoint{} ? std::min(connect_deadline, deadline) : deadline;
  }

  /// Returns whether to give up: the deadline has passed, *and* since then the socket was asked and
  /// had nothing. So the first call after the deadline returns false, and the caller asks the
  /// socket once more. If that moves bytes, the next call returns false again. This way nothing is
  /// lost that arrived in time while the thread was held up (see tests/contract/held_up_test.cpp).
  bool too_late() { return Clock::now() >= current_deadline() && std::exchange(last_chance, true); }

 private:
  static bool is_set(const std::atomic<bool>* flag) { return flag != nullptr && flag->load(); }
};

}  // namespace common
