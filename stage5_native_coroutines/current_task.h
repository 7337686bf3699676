// Shows: how a coroutine finds the task that runs it (§4.6), as asyncio's do. New in this stage.
#pragma once

namespace stage5 {

class TaskBase;

namespace detail {
extern constinit thread_local TaskBase* running_task;
[[noreturn]] void throw_no_task();
}  // namespace detail

/// Returns the task that runs the coroutine from which this is called, like asyncio's
/// `current_task()`. Throws `std::logic_error` if no task is running, which is so in a callback and
/// outside the loop.
inline TaskBase& current_task() {
  if (detail::running_task == nullptr) detail::throw_no_task();
  return *detail::running_task;
}

}  // namespace stage5
