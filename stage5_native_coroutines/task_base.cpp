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

void detail::throw_no_task() {
  throw std::logic_error("no task runs here: only a coroutine that a Task runs can ask for it");
}

TaskBase::TaskBase(EventLoop& loop, PromiseBase* outermost, std::string_view name)
    : loop_(&loop), older_(loop.tasks_), innermost_(outermost) {
  if (outermost == nullptr) throw std::logic_error("a Coroutine that was moved from can't run");
  if (outermost->awaiter != nullptr) throw std::logic_error("a Coroutine is awaited only once");
  const auto number = ++loop.tasks_made_;
  if (name.empty()) {
    name_.append("Task-").append(std::to_string(number));
  } else {
    name_ = name;
  }
  trace::record({"made", {{"object", this}, {"type", "task"}, {"name", this->name()}}});
  wake();
  // From here on nothing throws: the loop has it only if it is whole.
  loop.tasks_ = this;
  if (older_ != nullptr) older_->younger_ = this;
}

void TaskBase::drop() noexcept {
  innermost_ = nullptr;
  drop_coroutine();
  if (!done()) state_ = State::cancelled;
  if (loop_ == nullptr) return;
  stay_asleep();
  (younger_ != nullptr ? younger_->older_ : loop_->tasks_) = older_;
  if (older_ != nullptr) older_->younger_ = younger_;
  loop_ = nullptr;
}

void TaskBase::stay_asleep() noexcept {
  trace::record_if(step_id_ != 0, {"asleep", {{"task", this}}});
  if (step_id_ != 0) loop_->soon_.cancel(std::exchange(step_id_, 0));
}

void TaskBase::wake() {
  trace::line({"wake", {{"task", this}}}, "task.wake");
  wait_is_over_ = true;
  schedule();
}

void TaskBase::abandon() {
  abandoned_ = true;
  wake();
}

void TaskBase::schedule() {
  trace::record_if(step_id_ == 0, {"due", {{"task", this}}});
  if (step_id_ == 0) step_id_ = loop_->soon_.add({.task = this});
}

bool TaskBase::cancel() {
  if (done()) return false;
  // From each to the one that it awaits, which must not be one of those before it: tasks may await
  // one another in a ring (TaskTest.CancelOfOneOfTwoThatAwaitOneAnotherEndsBoth).
  TaskBase* last = this;
  for (TaskBase* task = this; task != nullptr && !task->done() && !task->asked_;
       task = task->awaits_) {
    last = task;
    task->asked_ = true;
    ++task->cancelling_;
  }
  for (TaskBase* task = this; task != nullptr && task->asked_; task = task->awaits_) {
    task->asked_ = false;
  }
  trace::record({"cancel", {{"task", last}}});
  last->throw_cancelled_ = true;
  if (last != detail::running_task) last->schedule();  // else when its step has ended
  return true;
}

std::uint32_t TaskBase::uncancel() {
  if (cancelling_ > 0) --cancelling_;
  if (cancelling_ == 0 && std::exchange(throw_cancelled_, false) && !wait_is_over_) stay_asleep();
  return cancelling_;
}

void TaskBase::cancel_again() {
  --cancelling_;
  cancel();
}

void TaskBase::set_awaits(TaskBase* task) {
  awaits_ = task;
  if (task == nullptr || !std::exchange(throw_cancelled_, false)) return;
  // It was asked to cancel before it waited: that is for `task` now.
  // TaskTest.CancelFromInsideCancelsTheTaskThatIsAwaitedNext comes here.
  stay_asleep();
  cancel_again();
}

void TaskBase::throw_if_cancelled() {
  const bool abandoned = std::exchange(abandoned_, false);
  if (std::exchange(throw_cancelled_, false) || abandoned) throw CancelledError();
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
// step does by hand what the compiler cannot promise, and needs the same stack at any depth:
// CoroutineTest.AMillionAwaitsThatEndAtOnceNeedNoStack.
void TaskBase::step() {
  const trace::Turn turn(trace_, {"call", {{"task", this}}}, "loop: the task is due → task.step");
  step_id_ = 0;
  wait_is_over_ = false;
  if (throw_cancelled_ && !begun_) return finish(std::make_exception_ptr(CancelledError()));
  begun_ = true;
  auto* const task_before = std::exchange(detail::running_task, this);
  const PromiseBase* running = nullptr;
  do {
    running = innermost_;
    trace::line({"resumed", {{"task", this}, {"object", running}}, &running->where}, "resume ",
                trace::Place(running->where));
    running->handle.resume();
  } while (innermost_ != running);  // another one is to run
  detail::running_task = task_before;
  if (!running->handle.done()) {  // it waits
    if (throw_cancelled_) schedule();
    return;
  }
  // Asked to cancel when it waited no more: too late to throw, but it was cancelled all the same
  // (TaskTest.CancelFromInsideWithNoWaitToComeMakesItCancelledAllTheSame).
  finish(throw_cancelled_ ? std::make_exception_ptr(CancelledError()) : nullptr);
}

void TaskBase::finish(std::exception_ptr error) {
  innermost_ = nullptr;
  error = take_result(std::move(error));
  stay_asleep();  // it may have cancelled itself, and so may what went with its frame
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
  std::fprintf(stderr, "the task '%s' failed and its error was never read: %s\n", name_.c_str(),
               message_of(exception).c_str());
}

}  // namespace stage5
