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
  if (outermost->parent != nullptr) throw std::logic_error("a Coroutine is awaited only once");
  const auto number = ++loop.tasks_made_;
  if (name.empty()) {
    name_.append("Task-").append(std::to_string(number));
  } else {
    name_ = name;
  }
  trace::record({"made", {{"object", this}, {"type", "task"}, {"name", this->name()}}});
  wake();
  // Nothing below throws, so the loop never has a Task whose constructor failed.
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
  // Walks from this task to the innermost task that it awaits. `asked_` marks the tasks that were
  // visited, because tasks can await one another in a ring
  // (TaskTest.CancelInARingOfTwoEndsBoth).
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
  if (last != detail::running_task) last->schedule();  // `step` does it otherwise
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
  // The cancel was requested before this wait began, so it goes on to `task`, which is the
  // innermost now. TaskTest.CancelFromInsideCancelsTheTaskThatIsAwaitedNext reaches this.
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

// A trampoline. A coroutine that awaits another one suspends, and this loop resumes the other. When
// that one ends it suspends as well, and this loop resumes the first. So no coroutine is ever
// resumed from inside another, and a step needs the same stack at any depth. The usual way is
// symmetric transfer, in which `await_suspend` returns the handle to resume. It relies on a tail
// call, which g++ makes only when it optimises. Without one, a loop of a million awaits overflows
// the stack (CoroutineTest.MillionImmediateAwaitsNeedNoStack).
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
  } while (innermost_ != running);  // it awaits another, or it ended and its parent goes on
  detail::running_task = task_before;
  if (!running->handle.done()) {  // suspended, waiting for something
    if (throw_cancelled_) schedule();
    return;
  }
  // If the cancel came after the last wait, there was no place to throw it. The task still ends as
  // cancelled (TaskTest.CancelFromInsideAfterTheLastWaitStillCancels).
  finish(throw_cancelled_ ? std::make_exception_ptr(CancelledError()) : nullptr);
}

void TaskBase::finish(std::exception_ptr error) {
  innermost_ = nullptr;
  error = take_result(std::move(error));
  stay_asleep();  // the body or a destructor in its frame may have cancelled this task
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
