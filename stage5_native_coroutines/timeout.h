// Shows: a deadline as a scope (§4.6). What stages 3 and 4 did from outside, by throwing into the
// machine, stands here where it belongs: around the wait. New in this stage.
#pragma once

#include <exception>
#include <system_error>
#include <utility>

#include "common/net/socket.h"
#include "task.h"

namespace stage5 {

/// Awaits `body`. If it has not ended by `deadline`, throws `std::errc::timed_out` out of the
/// `co_await` at which it waits, so that its locals are destroyed in order. Nothing is left behind
/// when the body ends in time.
template <class T>
Coroutine<T> timeout(common::TimePoint deadline, Coroutine<T> body) {
  TaskBase& task = co_await CurrentTask();
  const auto timer = task.loop().call_at(deadline, [&task] {
    task.throw_(std::make_exception_ptr(std::system_error(common::timed_out())));
  });
  co_return co_await std::move(body);
}

/// Waits until `when`.
inline Coroutine<> sleep_until(common::TimePoint when) {
  TaskBase& task = co_await CurrentTask();
  Future<> woken;
  const auto timer = task.loop().call_at(when, [&woken] { woken.set_result(); });
  co_await woken;
}

}  // namespace stage5
