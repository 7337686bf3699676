// Shows: a deadline as a scope (§4.6). What stages 3 and 4 did from outside, by throwing into the
// machine, stands here where it belongs: around the wait. New in this stage.
#pragma once

#include <system_error>
#include <utility>

#include "common/net/socket.h"
#include "common/trace/trace.h"
#include "errors.h"
#include "future.h"
#include "task.h"

namespace stage5 {

/// Awaits `body`. If it has not ended by `deadline`, cancels it where it waits, so that its locals
/// are destroyed in order, and throws `std::errc::timed_out`. Nothing is left behind when the body
/// ends in time. If the task was cancelled by somebody else as well, that goes first.
template <class T>
Coroutine<T> timeout(common::TimePoint deadline, Coroutine<T> body) {
  // Cancels the task when the time is up, and takes that back when the scope ends.
  struct Alarm {
    Alarm(TaskBase& task, common::TimePoint deadline)
        : task(task),
          timer(task.loop().call_at(deadline, [this] { rang = this->task.cancel(); })) {}
    ~Alarm() {
      if (rang) task.uncancel();
    }
    TaskBase& task;
    const std::size_t cancelling_before = task.cancelling();
    bool rang = false;
    common::Timer timer;
  };
  Alarm alarm(co_await CurrentTask(), deadline);
  try {
    co_return co_await std::move(body);
  } catch (const CancelledError&) {
    if (!alarm.rang || alarm.task.cancelling() > alarm.cancelling_before + 1) throw;
  }
  common::trace::keep_origin();
  throw std::system_error(common::timed_out());
}

/// Waits until `when`.
inline Coroutine<> sleep_until(common::TimePoint when) {
  TaskBase& task = co_await CurrentTask();
  Future<> woken;
  const auto timer = task.loop().call_at(when, [&woken] { woken.set_result(); });
  co_await woken;
}

/// Waits for `delay`, counted from this call, not from when it is awaited.
inline Coroutine<> sleep(common::Duration delay) {
  return sleep_until(common::Clock::now() + delay);
}

}  // namespace stage5
