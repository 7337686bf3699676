// By when one connection must be made and done, and when each step of it was reached.
#pragma once

#include <algorithm>
#include <atomic>
#include <utility>

#include "common/net/clock.h"
#include "common/trace/trace.h"

namespace common {

/// The two deadlines of one attempt and the times of its steps. Whoever starts the attempt sets the
/// deadlines; the `Socket` notes the steps. A step that was not reached is `TimePoint{}`.
struct Timing {
  TimePoint connect_deadline = TimePoint::max();  ///< Connected by then, or timed out.
  TimePoint deadline = TimePoint::max();          ///< Done by then, or timed out.
  /// Null, or a flag that makes both deadlines pass at once: Ctrl-C.
  const std::atomic<bool>* cancelled = nullptr;
  const std::atomic<bool>* crawl_over = nullptr;  ///< The same: the crawl failed elsewhere.
  trace::Context trace = {};                      ///< For whom the Socket tells of its steps.

  TimePoint connecting{};    ///< `connect` was called.
  TimePoint connected{};     ///< The peer accepted.
  TimePoint sent{};          ///< The kernel took the last byte of the request so far.
  TimePoint first_byte{};    ///< The first bytes of the answer arrived.
  bool last_chance = false;  ///< The deadline passed, and nothing has moved since.

  /// The deadline in force: until connected the earlier of the two, then the one for all.
  TimePoint current_deadline() const {
    if (is_set(cancelled) || is_set(crawl_over)) return TimePoint{};
    return connected == TimePoint{} ? std::min(connect_deadline, deadline) : deadline;
  }

  /// Whether it is time to give up: the deadline has passed, and the socket, asked after it, had
  /// nothing. So the first time after the deadline the answer is no: ask the socket, and then this.
  /// What came in time is not lost while the thread was held up, however often one has to ask for
  /// it.
  bool too_late() { return Clock::now() >= current_deadline() && std::exchange(last_chance, true); }

 private:
  static bool is_set(const std::atomic<bool>* flag) { return flag != nullptr && flag->load(); }
};

}  // namespace common
