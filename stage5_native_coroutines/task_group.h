// Shows: tasks that end with the scope that started them (§4.6). New in this stage.
#pragma once

#include <list>
#include <utility>

#include "task.h"

namespace stage5 {

/// Tasks that live no longer than this. The loop must outlive it.
class TaskGroup {
 public:
  explicit TaskGroup(EventLoop& loop) : loop_(loop) {}
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  /// Runs `coroutine` as a Task. What it throws is lost: it has to see to its errors itself.
  void spawn(Coroutine<> coroutine) {
    done_.clear();
    const auto task = running_.emplace(running_.end(), loop_, std::move(coroutine));
    // Not dropped here, inside its own step, but kept for the next call.
    task->add_done_callback([this, task] { done_.splice(done_.end(), running_, task); });
  }

 private:
  EventLoop& loop_;
  std::list<Task<>> running_;
  std::list<Task<>> done_;
};

}  // namespace stage5
