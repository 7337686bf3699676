// Shows: tasks that end with the scope that started them (§4.6). New in this stage.
#pragma once

#include <cstdio>
#include <exception>
#include <iterator>
#include <list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "errors.h"
#include "event.h"
#include "task.h"

namespace stage5 {

/// Tasks that live no longer than the `with_task_group` around them. When one fails, the others are
/// cancelled, and so is the body.
class TaskGroup {
 public:
  /// For `with_task_group`: the task that runs it is the parent.
  explicit TaskGroup(TaskBase& parent) : parent_(parent) {}
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  /// Prints the errors of tasks, if it is dropped before it could throw them.
  ~TaskGroup() {
    for (const auto& error : errors_) {
      std::fprintf(stderr, "a task in the scope of '%s' failed and nobody looked: %s\n",
                   std::string(parent_.name()).c_str(), message_of(error).c_str());
    }
  }

  EventLoop& loop() const { return parent_.loop(); }

  /// Runs `coroutine` as a task, which goes when it is done. Once the group is cancelled, it never
  /// begins (asyncio throws).
  TaskBase& create_task(Coroutine<> coroutine, std::string_view name = {}) {
    Child& child = children_.emplace_back(*this, std::move(coroutine), name);
    child.here = std::prev(children_.end());
    if (cancelled_) child.cancel();
    return child;
  }

  /// Cancels all tasks, but not the body (asyncio's cancels that, too). That is no error:
  /// `with_task_group` ends when they have ended.
  void cancel() {
    cancelled_ = true;
    for (auto& child : children_) child.cancel();
  }

  /// For `with_task_group`: the body has ended, with `error` or null. Waits for the children, and
  /// throws what there is to be thrown. If the parent is cancelled meanwhile, so are the children,
  /// each time: one that cleans up for too long can be told again.
  Coroutine<> join(std::exception_ptr error) {
    body_runs_ = false;
    const bool by_us = cancels_parent_ && parent_.uncancel() == 0;
    bool cancelled = is_cancelled(error) && !by_us;
    if (error && !cancelled_) cancel();
    while (!children_.empty()) {
      try {
        none_left_.clear();
        co_await none_left_.wait();
      } catch (const CancelledError&) {
        cancelled = true;
        cancel();
      }
    }
    if (error && !is_cancelled(error)) errors_.push_back(error);
    if (cancelled && errors_.empty()) throw CancelledError();
    if (cancelled && parent_.cancelling() > 0) {  // the errors first, and this at its next wait
      parent_.uncancel();
      parent_.cancel();
    }
    if (!errors_.empty()) throw ExceptionGroup(std::move(errors_));
  }

 private:
  class Child final : public Task<> {
   public:
    Child(TaskGroup& group, Coroutine<> coroutine, std::string_view name)
        : Task(group.loop(), std::move(coroutine), name), group_(group) {}
    std::list<Child, Recycled<Child>>::iterator here;

   private:
    const TaskBase* parent() const override { return &group_.parent_; }
    void finished() override { group_.finished(*this); }
    TaskGroup& group_;
  };

  void finished(Child& child) {
    if (!child.cancelled() && child.exception()) {
      errors_.push_back(child.exception());
      if (body_runs_ && !cancels_parent_) cancels_parent_ = parent_.cancel();
      if (!cancelled_) cancel();
    }
    children_.erase(child.here);
    if (children_.empty()) none_left_.set();
  }

  TaskBase& parent_;
  bool body_runs_ = true;
  bool cancels_parent_ = false;
  bool cancelled_ = false;
  std::vector<std::exception_ptr> errors_;
  Event none_left_;
  std::list<Child, Recycled<Child>> children_;
};

/// `async with TaskGroup()`: awaits `body(&group, arguments...)`, then the tasks that it created.
/// If the body or any task fails, cancels the others, waits for them too, and throws an
/// ExceptionGroup of all errors. What the tasks use has to live outside of the body.
template <class Body, class... Arguments>
Coroutine<> with_task_group(Body body, Arguments... arguments) {
  TaskGroup group(current_task());
  std::exception_ptr error;
  try {
    co_await body(&group, std::move(arguments)...);
  } catch (...) {
    error = std::current_exception();
  }
  co_await group.join(error);
}

}  // namespace stage5
