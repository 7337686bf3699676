// Exercise 16: what must not be interrupted.
#pragma once

#include <memory>

#include "stage5_native_coroutines/event.h"
#include "stage5_native_coroutines/task.h"

/// Waits until `task` is done and gives its result, or throws its exception. Whoever is cancelled
/// while he waits stops to wait, and the task goes on. Any number may wait.
template <class T>
stage5::Coroutine<T> shield(std::shared_ptr<stage5::Task<T>> task) {
  co_return co_await *task;  // TODO: this cancels the task, too
}
