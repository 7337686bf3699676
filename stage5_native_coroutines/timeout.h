// Shows: a deadline as a scope (§4.6). What stages 3 and 4 did from outside, by throwing into the
// machine, stands here where it belongs: around the wait. New in this stage.
#pragma once

#include <cstdint>
#include <system_error>

#include "common/net/socket.h"
#include "common/net/timing.h"
#include "common/trace/trace.h"
#include "errors.h"
#include "future.h"
#include "task.h"

namespace stage5 {

/// A scope of the coroutine that is running, and has to end by a deadline. When that passes, the
/// task is cancelled where it waits, so that all locals on the way out are destroyed in order; what
/// to make of it is up to whoever catches the CancelledError, asking `expired()`. The scope takes
/// back its cancelling when it ends, and leaves nothing behind.
class Timeout {
 public:
  /// Begins here, and ends when it is destroyed.
  explicit Timeout(common::TimePoint deadline) : deadline_(deadline) { set(); }
  /// The same for an attempt, by its total deadline; but as long as its socket still has something
  /// each time that it is asked, the scope goes on (`Timing::too_late`).
  explicit Timeout(common::Timing& attempt) : deadline_(attempt.deadline), attempt_(&attempt) {
    set();
  }
  Timeout(const Timeout&) = delete;
  Timeout& operator=(const Timeout&) = delete;
  ~Timeout() {
    if (passed_) task_.uncancel();
  }

  /// Whether the deadline alone is why the task was cancelled. If others want so as well, they go
  /// first: the CancelledError is theirs.
  bool expired() const { return passed_ && task_.cancelling() <= cancelling_before_ + 1; }

 private:
  void set() {
    timer_ = task_.loop().call_at(deadline_, [this] { pass(); });
  }
  void pass() {
    if (attempt_ != nullptr && !attempt_->too_late()) return set();
    passed_ = task_.cancel();
  }

  TaskBase& task_ = current_task();
  const common::TimePoint deadline_;
  common::Timing* const attempt_ = nullptr;
  // How often the task was asked to cancel before. One who asked and has yet to be heard counts as
  // if it had come later: the CancelledError that comes out of this scope will be its.
  const std::uint32_t cancelling_before_ = task_.cancelling() - (task_.cancel_is_due() ? 1 : 0);
  bool passed_ = false;
  common::Timer timer_;
};

/// Awaits `body`. If it has not ended by `deadline`, cancels it and throws `std::errc::timed_out`.
template <class T>
Coroutine<T> timeout(common::TimePoint deadline, Coroutine<T> body) {
  const Timeout limit(deadline);
  try {
    co_return co_await body;
  } catch (const CancelledError&) {
    if (!limit.expired()) throw;
    common::trace::keep_origin();
    throw std::system_error(common::timed_out());
  }
}

/// Waits until `when`.
inline Coroutine<> sleep_until(common::TimePoint when) {
  Future<> woken;
  const auto timer = current_task().loop().call_at(when, [&woken] { woken.set_result(); });
  co_await woken;
}

/// Waits for `delay`, counted from this call, not from when it is awaited.
inline Coroutine<> sleep(common::Duration delay) {
  return sleep_until(common::later(common::Clock::now(), delay));
}

}  // namespace stage5
