// Shows: tasks that end with the scope that started them (§4.6). New in this stage.
#pragma once

#include <cstdint>
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

/// Tasks that live no longer than the `with_task_group` that makes them. When one fails, the others
/// are cancelled, and so is the body.
///
/// ```cpp file
/// Coroutine<> fetch_one(int page) {
///   std::printf("%d\n", page);
///   co_return;
/// }
/// Coroutine<> body(TaskGroup* group) {
///   for (int page = 0; page < 3; ++page) group->create_task(fetch_one(page));
///   co_return;  // `with_task_group` goes on waiting until the three tasks have ended
/// }
/// Coroutine<> all() { co_await with_task_group(body); }
/// ```
///
/// The group lives in the frame of `with_task_group` and owns its tasks. A task is destroyed as
/// soon as it is done. If the frame is destroyed while tasks still wait, they are destroyed where
/// they wait, and errors that were waiting to be thrown are printed.
class TaskGroup {
 public:
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  /// Destroys the tasks that are left, and prints errors that could not be thrown any more.
  ~TaskGroup() {
    // A task that goes may call its group: it isn't in the list any more.
    while (!children_.empty()) {
      Children going;
      going.splice(going.begin(), children_, children_.begin());
    }
    for (const auto& error : errors_) {
      std::fprintf(stderr, "a task in the scope of '%s' failed and its error was never read: %s\n",
                   std::string(parent_.name()).c_str(), message_of(error).c_str());
    }
  }

  EventLoop& loop() const { return parent_.loop(); }

  /// Runs `coroutine` as a task of this group, from the loop's next turn on. The reference is valid
  /// until the task is done. Once the group is cancelled, a new task never starts; asyncio throws
  /// in that case.
  TaskBase& create_task(Coroutine<> coroutine, std::string_view name = {}) {
    Child& child = children_.emplace_back(*this, std::move(coroutine), name);
    child.here = std::prev(children_.end());
    if (cancelled_) child.cancel();
    return child;
  }

  /// Cancels all tasks, but not the body; asyncio's cancels the body, too. This is not an error:
  /// `with_task_group` returns when the tasks have ended.
  void cancel() {
    cancelled_ = true;
    for (auto& child : children_) child.cancel();
  }

 private:
  template <class Body, class... Arguments>
  friend Coroutine<> with_task_group(Body body, Arguments... arguments);

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
  using Children = std::list<Child, Recycled<Child>>;

  explicit TaskGroup(TaskBase& parent) : parent_(parent) {}

  // The body has ended, with `error` or null. Waits for the children, and throws what there is to
  // be thrown. If the parent is cancelled meanwhile, so are the children, each time: one that
  // cleans up for too long can be told again.
  // TaskGroupTest.SelfCancelledGroupCanBeCancelledDuringCleanup comes here.
  Coroutine<> join(std::exception_ptr error) {
    body_runs_ = false;
    const bool by_us = cancels_parent_ && parent_.uncancel() <= cancelling_before_;
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
    if (errors_.empty()) co_return;
    // The errors go first. A cancel of the parent is thrown at its next wait instead:
    // TaskGroupTest.CancelIsThrownAfterTheGroupsErrors.
    if (parent_.cancelling() > cancelling_before_) parent_.cancel_again();
    throw ExceptionGroup(std::move(errors_));
  }

  void finished(Child& child) {
    if (!child.cancelled() && child.exception()) {
      errors_.push_back(child.exception());
      if (!cancelled_) cancel();
      if (body_runs_ && !cancels_parent_) cancels_parent_ = parent_.cancel();
    }
    children_.erase(child.here);
    if (children_.empty()) none_left_.set();
  }

  TaskBase& parent_;  // the task that runs `with_task_group`
  // Counted like a Timeout's: a request that has not been thrown yet counts as if it came later.
  const std::uint32_t cancelling_before_ = parent_.cancelling() - (parent_.cancel_is_due() ? 1 : 0);
  bool body_runs_ = true;
  bool cancels_parent_ = false;
  bool cancelled_ = false;
  std::vector<std::exception_ptr> errors_;
  Event none_left_;
  Children children_;
};

/// Awaits `body(&group, arguments...)` and then the tasks that it created, like asyncio's `async
/// with TaskGroup()`. If the body or any task fails, cancels the others, waits for them, and throws
/// an ExceptionGroup of all errors. If the task that runs this is cancelled, the cancel goes to the
/// tasks of the group, and a CancelledError is thrown once they have ended. Whatever the tasks use
/// has to live outside the body, which may end before they do.
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
