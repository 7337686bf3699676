// Exercise 9: a Task is something to wait for, too.
#pragma once

#include <memory>

#include "stage3_future_task/future.h"
#include "stage3_future_task/task.h"

/// A Future that is done when `task` is: with what its machine returned, a Value, or with what it
/// threw. Any number of machines may wait for the same Task. If the Task is dropped by one of its
/// own callbacks before this is set, it is done with a `std::runtime_error`.
template <class Machine>
std::shared_ptr<stage3::Future> result_of(
    [[maybe_unused]] const std::shared_ptr<stage3::Task<Machine>>& task) {
  return std::make_shared<stage3::Future>();  // TODO: nobody sets it
}
