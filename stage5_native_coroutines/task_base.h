// Shows: a task as the loop and the awaitables see it: something to step, to wake and to cancel
// (§4.4.3, §4.6). The result of its coroutine is task.h's concern.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <forward_list>
#include <string>
#include <string_view>

#include "common/trace/trace.h"
#include "current_task.h"
#include "event_loop.h"
#include "recycling.h"

namespace stage5 {

struct PromiseBase;

/// Runs a chain of coroutines that await one another. The task knows the innermost of them, the one
/// that waits, so a wake-up costs the same however deep the chain is.
///
/// ```cpp file
/// #include "future.h"
/// #include "task.h"
///
/// Coroutine<> work(Future<>* ready) { co_await *ready; }
/// void run_and_cancel(EventLoop& loop, Future<>& ready) {
///   Task<> task(loop, work(&ready));
///   loop.call_soon([&task] { task.cancel(); });  // throws a CancelledError at that co_await
///   loop.run();
///   std::puts(task.cancelled() ? "cancelled" : "done");
/// }
/// ```
///
/// This is what happens between a `co_await` that waits and the line after it. A WaitList notes the
/// task and the coroutine suspends. Later something calls `wake`, a Future in `set_result` for
/// example. `wake` puts the task into the loop's queue. In the next turn the loop calls `step`, and
/// `step` resumes the innermost coroutine. Only `step` ever resumes one. It is a loop: while the
/// coroutine that just ran has left a note (`continue_with`) to run another one, a child that it
/// awaits or its parent when it has ended, `step` resumes that one next. So awaiting and ending
/// use no stack (CoroutineTest awaits a million that end at once).
///
/// The loop should outlive the task. If it does not, it destroys the coroutines of all tasks that
/// are pending, and destructors that run then may still look at their task.
class TaskBase {
 public:
  TaskBase(const TaskBase&) = delete;
  TaskBase& operator=(const TaskBase&) = delete;
  virtual ~TaskBase() { common::trace::gone(this); }

  EventLoop& loop() const { return *loop_; }

  /// Returns the name that people see: the one it was given, or one such as "Task-7".
  std::string_view name() const { return name_; }

  /// The states of asyncio. A task is pending until its coroutine has returned or thrown. It is
  /// cancelled if a CancelledError came out of it, and otherwise done with a result or an
  /// exception.
  bool done() const { return state_ != State::pending; }
  bool cancelled() const { return state_ == State::cancelled; }

  /// Returns whether the loop steps this task in its next turn.
  bool due() const { return step_id_ != 0; }

  /// Asks for a CancelledError to be thrown at the `co_await` at which the task waits or will wait
  /// next, in the loop's next turn. It wins against a result that has arrived but was not delivered
  /// yet. A task that has not started never will. If the task awaits another Task, that one is
  /// cancelled instead, and the error comes from there. Returns false if the task is done.
  bool cancel();

  /// Returns how often the task was asked to cancel, less how often that was taken back. A scope
  /// that cancels its own task (a Timeout) can tell by this number whether something else wants it
  /// cancelled, too. `uncancel` takes one request back and returns how many are left. If none is
  /// left and the CancelledError has not been thrown yet, it never is.
  std::uint32_t cancelling() const { return cancelling_; }
  std::uint32_t uncancel();

  /// Returns whether the next `co_await` that waits will throw a CancelledError.
  bool cancel_is_due() const { return throw_cancelled_; }

  /// Asks again for a CancelledError that was thrown and caught. The next `co_await` that waits
  /// throws it, and `cancelling()` stays the same.
  void cancel_again();

  /// Asks the loop to call `callback` in the turn after the task is done, or in its next turn if
  /// the task is done already. The callback may destroy the task. The loop must still exist.
  void add_done_callback(EventLoop::Callback callback);

  // For awaitables, which find the task that waits with `current_task()`.

  /// Asks the loop to step this task in its next turn. Whatever the task waits for calls this, once
  /// for each wait.
  void wake();

  /// Does the same when what the task waits for is destroyed: a CancelledError is thrown at the
  /// `co_await`. Nothing asked the task to cancel, so `uncancel` cannot take it back.
  void abandon();

  /// Throws the CancelledError that `cancel` or `abandon` asked for, if one did. An awaitable calls
  /// it in its `await_resume`.
  void throw_if_cancelled();

  /// Leaves a note for `step`: resume `coroutine` when the one that is running has suspended.
  void continue_with(PromiseBase& coroutine) { innermost_ = &coroutine; }

  /// Notes the task that this one awaits with `co_await task`, or null. A cancel that was already
  /// asked for goes on to that task (`cancel` walks this chain without recursion:
  /// TaskTest.CancelThroughHalfAMillionTasksNeedsNoStack).
  void set_awaits(TaskBase* task);

  /// Returns the task that this one awaits with `co_await task`, or null.
  const TaskBase* awaits() const { return awaits_; }

  /// Returns the task whose TaskGroup this one belongs to, or null.
  virtual const TaskBase* parent() const { return nullptr; }

  /// Returns the coroutine that waits or runs, or null once the task is done and while its frames
  /// are destroyed.
  const PromiseBase* innermost() const { return innermost_; }

  /// Returns the task that was made before this one and has not been destroyed, or null.
  TaskBase* older() const { return older_; }

 protected:
  /// Makes a task that the loop steps in its next turn; the first step resumes `outermost`. Throws
  /// `std::logic_error` if that is null or was awaited.
  TaskBase(EventLoop& loop, PromiseBase* outermost, std::string_view name);

  /// Takes the result or the exception out of the coroutine and destroys the coroutine. If `error`
  /// is given, it replaces a result, but not an exception. Returns the exception, or null.
  virtual std::exception_ptr take_result(std::exception_ptr error) = 0;
  /// Destroys the coroutine where it waits, if it is still there.
  virtual void drop_coroutine() noexcept = 0;
  /// Called as the last thing when the task is done. It may destroy the task.
  virtual void finished() {}

  /// Ends the task where it waits: it is cancelled, unless it was done. A destructor calls this
  /// first.
  void drop() noexcept;

  /// Notes that the result is looked at. Throws `std::logic_error` if there is none yet, and
  /// CancelledError if there never will be one.
  void look();
  /// Prints `exception` if it was never looked at.
  void report_unless_looked_at(const std::exception_ptr& exception) const;

 private:
  friend class EventLoop;
  enum class State : std::uint8_t { pending, done, cancelled };
  using Name = std::basic_string<char, std::char_traits<char>, Recycled<char>>;

  void step();
  void schedule();
  void stay_asleep() noexcept;
  void finish(std::exception_ptr error);

  EventLoop* loop_;  // null if the loop was destroyed first
  TaskBase* older_;
  TaskBase* younger_ = nullptr;
  const common::trace::Context trace_ = common::trace::current;
  Name name_;
  PromiseBase* innermost_ = nullptr;
  TaskBase* awaits_ = nullptr;
  SoonQueue::Id step_id_ = 0;  // names the step in the loop's queue; 0 if none is due
  std::forward_list<EventLoop::Callback, Recycled<EventLoop::Callback>> callbacks_;
  std::uint32_t cancelling_ = 0;
  State state_ = State::pending;
  bool begun_ = false;
  bool looked_at_ = false;
  bool asked_ = false;            // set while `cancel` walks from a task to the one that it awaits
  bool wait_is_over_ = false;     // woken: the step stays due even if a cancel is taken back
  bool abandoned_ = false;        // what it waited for was destroyed
  bool throw_cancelled_ = false;  // the next `co_await` that waits throws a CancelledError
};

}  // namespace stage5
