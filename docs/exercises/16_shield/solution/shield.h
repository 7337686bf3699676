// Exercise 16, solved. Whoever awaits a Task passes his cancelling on to it. Whoever awaits an
// Event that the Task will set has nobody to pass it on to. The Event is shared, since the callback
// may be called when nobody waits any more.
#pragma once

#include <memory>

#include "stage5_native_coroutines/event.h"
#include "stage5_native_coroutines/task.h"

/// Waits until `task` is done and gives its result, or throws its exception. Whoever is cancelled
/// while he waits stops to wait, and the task goes on. Any number may wait.
template <class T>
stage5::Coroutine<T> shield(std::shared_ptr<stage5::Task<T>> task) {
  const auto done = std::make_shared<stage5::Event>();
  task->add_done_callback([done] { done->set(); });
  co_await done->wait();
  co_return task->result();
}
