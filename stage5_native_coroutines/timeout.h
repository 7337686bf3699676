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

/// Makes the rest of a scope end by a deadline. When the deadline passes, the loop cancels the task
/// that runs the scope: a CancelledError is thrown at its `co_await`, and the locals on the way out
/// are destroyed in order.
///
/// ```cpp file
/// Coroutine<bool> in_time(Future<>* future) {
///   const Timeout limit(common::Clock::now() + std::chrono::seconds(1));
///   try {
///     co_await *future;
///     co_return true;
///   } catch (const CancelledError&) {
///     if (!limit.expired()) throw;  // something else cancelled the task
///     co_return false;
///   }
/// }
/// ```
///
/// Whatever catches the CancelledError has to ask `expired()`, because the cancel may have come
/// from elsewhere, and then it must go on. When the scope ends it takes its own cancel back, so
/// nothing is left behind. It must be a local of a coroutine that a task runs; it finds the task
/// with `current_task()`. TimeoutTest nests scopes and cancels them from outside.
class Timeout {
 public:
  /// Starts the timer. The scope ends when the Timeout is destroyed.
  explicit Timeout(common::TimePoint deadline) : deadline_(deadline) { set(); }
  /// Does the same for an attempt, with its total deadline. As long as the socket still has bytes
  /// each time it is asked, the scope goes on (`Timing::too_late`).
  explicit Timeout(common::Timing& attempt) : deadline_(attempt.deadline), attempt_(&attempt) {
    set();
  }
  Timeout(const Timeout&) = delete;
  Timeout& operator=(const Timeout&) = delete;
  ~Timeout() {
    if (passed_) task_.uncancel();
  }

  /// Returns whether the deadline is the only reason why the task was cancelled. If something else
  /// wants it cancelled as well, that goes first, and this returns false.
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
  // How often the task was asked to cancel before this scope. A request whose CancelledError has
  // not been thrown yet counts as if it came later, because that error will come out of this scope.
  const std::uint32_t cancelling_before_ = task_.cancelling() - (task_.cancel_is_due() ? 1 : 0);
  bool passed_ = false;
  common::Timer timer_;
};

/// Awaits `body` and returns what it returns. If it has not ended by `deadline`, cancels it and
/// throws `std::system_error` with `std::errc::timed_out`.
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

/// Waits until `when`. A cancel ends the wait and the timer with it.
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
