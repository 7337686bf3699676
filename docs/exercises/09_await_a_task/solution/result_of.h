// Exercise 9, solved. The callback comes from the loop, one turn after the Task was done, and an
// earlier callback may have dropped the Task by then: so it holds neither of the two, and looks
// whether they are still there. What others may want too is copied, not moved.
#pragma once

#include <exception>
#include <memory>
#include <stdexcept>

#include "stage3_future_task/future.h"
#include "stage3_future_task/task.h"

/// A Future that is done when `task` is: with what its machine returned, a Value, or with what it
/// threw. Any number of machines may wait for the same Task. If the Task is dropped by one of its
/// own callbacks before this is set, it is done with a `std::runtime_error`.
template <class Machine>
std::shared_ptr<stage3::Future> result_of(const std::shared_ptr<stage3::Task<Machine>>& task) {
  auto future = std::make_shared<stage3::Future>();
  task->add_done_callback([weak_task = std::weak_ptr(task), weak_future = std::weak_ptr(future)] {
    const auto future = weak_future.lock();
    if (!future) return;  // nobody waits any more
    stage3::Value value;
    try {
      const auto task = weak_task.lock();
      if (!task) throw std::runtime_error("the Task was dropped");
      value = task->result();
    } catch (...) {
      return future->set_exception(std::current_exception());
    }
    future->set_result(value);
  });
  return future;
}
