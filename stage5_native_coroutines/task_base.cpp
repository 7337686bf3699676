// Shows: a task's step, a trampoline (§4.4.3, §5). Since stage 4: it resumes the innermost
// coroutine directly, however deep that is.
#include "task_base.h"

#include <cstdio>
#include <stdexcept>
#include <utility>

#include "common/trace/place.h"
#include "common/trace/trace.h"
#include "coroutine.h"
#include "errors.h"

namespace stage5 {

using namespace common;

constinit thread_local TaskBase* detail::running_task = nullptr;

TaskBase::TaskBase(EventLoop& loop, std::string_view name)
    : loop_(&loop), older_(std::exchange(loop.tasks_, this)) {
  if (older_ != nullptr) older_->younger_ = this;
  const auto number = ++loop.tasks_made_;
  if (name.empty()) {
    name_.append("Task-").append(std::to_string(number));
  } else {
    name_ = name;
  }
}

void TaskBase::begin_with(PromiseBase& outermost) {
  innermost_ = &outermost;
  wake();
}

void TaskBase::drop() noexcept {
  drop_coroutine();
  if (!done()) state_ = State::cancelled;
  if (loop_ == nullptr) return;
  stay_asleep();
  (younger_ != nullptr ? younger_->older_ : loop_->tasks_) = older_;
  if (older_ != nullptr) older_->younger_ = younger_;
  loop_ = nullptr;
}

void TaskBase::stay_asleep() noexcept {
  if (wake_up_ != 0) loop_->soon_.cancel(std::exchange(wake_up_, 0));
}

void TaskBase::wake() {
  trace::line("task.wake");
  woken_ = true;
  schedule();
}

void TaskBase::schedule() {
  if (wake_up_ == 0) wake_up_ = loop_->soon_.add({.task = this});
}

bool TaskBase::cancel() {
  if (done()) return false;
  ++cancelling_;
  // Null meanwhile, so that tasks which await one another in a ring do not ask for ever.
  TaskBase* const awaited = std::exchange(awaits_, nullptr);
  const bool passed_on = awaited != nullptr && awaited->cancel();
  awaits_ = awaited;
  if (passed_on) return true;
  throw_cancelled_ = true;
  schedule();
  return true;
}

std::uint32_t TaskBase::uncancel() {
  if (cancelling_ > 0) --cancelling_;
  if (cancelling_ == 0 && std::exchange(throw_cancelled_, false) && !woken_) stay_asleep();
  return cancelling_;
}

void TaskBase::set_awaits(TaskBase* task) {
  awaits_ = task;
  if (task == nullptr || !std::exchange(throw_cancelled_, false)) return;
  stay_asleep();  // it was asked to cancel before it waited: that is for `task` now
  --cancelling_;
  cancel();
}

void TaskBase::throw_if_cancelled() {
  if (std::exchange(throw_cancelled_, false)) throw CancelledError();
}

void TaskBase::add_done_callback(EventLoop::Callback callback) {
  if (done()) {
    loop_->call_soon(std::move(callback));
  } else {
    callbacks_.push_front(std::move(callback));
  }
}

// A trampoline: a coroutine that awaits another suspends, and that one is resumed from here; when
// it ends it suspends too, and the first goes on from here. The standard's own way, symmetric
// transfer, is to return the other's handle from `await_suspend`. It needs a tail call, which g++
// makes only when it optimises: a loop of a million awaits would overflow the stack without. So a
// step does by hand what the compiler cannot promise, and needs the same stack at any depth.
void TaskBase::step() {
  const trace::Turn turn(trace_, "loop: the task is due → task.step");
  wake_up_ = 0;
  woken_ = false;
  if (throw_cancelled_ && !begun_) return finish(std::make_exception_ptr(CancelledError()));
  begun_ = true;
  auto* const task_before = std::exchange(detail::running_task, this);
  const PromiseBase* running = nullptr;
  do {
    running = innermost_;
    trace::line("resume ", trace::Place(running->where));
    running->handle.resume();
  } while (innermost_ != running);  // another one is to run
  detail::running_task = task_before;
  if (!running->handle.done()) return;  // it waits
  // Asked to cancel when it waited no more: too late to throw, but it was cancelled all the same.
  finish(throw_cancelled_ ? std::make_exception_ptr(CancelledError()) : nullptr);
}

void TaskBase::finish(std::exception_ptr error) {
  stay_asleep();  // it may have cancelled itself
  error = take_result(std::move(error));
  state_ = is_cancelled(error) ? State::cancelled : State::done;
  callbacks_.reverse();
  for (auto& callback : callbacks_) loop_->call_soon(std::move(callback));
  callbacks_.clear();
  finished();
}

void TaskBase::look() {
  if (!done()) throw std::logic_error("this Task is not done");
  looked_at_ = true;
  if (cancelled()) throw CancelledError();
}

void TaskBase::report_unless_looked_at(const std::exception_ptr& exception) const {
  if (looked_at_) return;
  std::fprintf(stderr, "the task '%s' failed and nobody looked: %s\n", name_.c_str(),
               message_of(exception).c_str());
}

}  // namespace stage5
