// Shows: a task as the loop and the awaitables see it: something to resume, to wake and to cancel
// (§4.4.3, §4.6). What its coroutine returns is no concern of theirs, but task.h's.
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

/// Of the chain of coroutines that await one another a task knows the innermost, the one that
/// waits: so a wake-up costs the same at any depth. The loop should outlive it; what is still
/// pending when the loop goes is dropped. Destructors that run then may still look at it.
class TaskBase {
 public:
  TaskBase(const TaskBase&) = delete;
  TaskBase& operator=(const TaskBase&) = delete;
  virtual ~TaskBase() { common::trace::gone(this); }

  EventLoop& loop() const { return *loop_; }

  /// For people: "Task-7" unless it was given a name.
  std::string_view name() const { return name_; }

  /// asyncio's states. Pending until its coroutine has returned or thrown; cancelled if a
  /// CancelledError came out of it; else done with a result or an exception.
  bool done() const { return state_ != State::pending; }
  bool cancelled() const { return state_ == State::cancelled; }

  /// Whether the loop resumes it in its next turn.
  bool due() const { return step_id_ != 0; }

  /// Asks for a CancelledError to be thrown out of the `co_await` at which the task waits, or will
  /// wait next, in the loop's next turn; it wins against a result that has come but was not yet
  /// delivered. A task that has not begun never will. If the task awaits another Task, that one is
  /// cancelled instead, and the error comes from there. False if it is done: nothing is left to
  /// cancel.
  bool cancel();

  /// How often it was asked to cancel, less how often that was taken back (`uncancel`, which gives
  /// what is left): a scope that cancels the task which runs it (a timeout) can tell by this
  /// whether others want so, too. If nobody wants it any more and it was not thrown yet, it never
  /// is.
  std::uint32_t cancelling() const { return cancelling_; }
  std::uint32_t uncancel();

  /// Whether a CancelledError that was asked for comes out of the next `co_await` that waits.
  bool cancel_is_due() const { return throw_cancelled_; }

  /// Asks anew for a CancelledError that was thrown and caught: it comes out of the next `co_await`
  /// that waits, and `cancelling()` stays the same.
  void cancel_again();

  /// The loop calls `callback` soon after this is done. It may drop the task. The loop
  /// must still be there.
  void add_done_callback(EventLoop::Callback callback);

  // For awaitables, which find the task that waits with `current_task()`.

  /// The loop resumes this task's innermost coroutine in the next turn. To be called once for each
  /// wait, by whoever was waited for.
  void wake();

  /// The same if what it waits for goes away: a CancelledError is thrown there, though nobody asked
  /// the task to cancel, so that `uncancel` can't take it back.
  void abandon();

  /// Throws the CancelledError that was asked for, or that `abandon` calls for. To be called where
  /// the coroutine was resumed.
  void throw_if_cancelled();

  /// `coroutine` runs when the one that is running has suspended.
  void continue_with(PromiseBase& coroutine) { innermost_ = &coroutine; }

  /// The task that this one awaits with `co_await task`, or null; `awaits` tells. A cancel that was
  /// asked for already goes on to it.
  void set_awaits(TaskBase* task);
  const TaskBase* awaits() const { return awaits_; }

  /// The task whose scope this one belongs to, or null.
  virtual const TaskBase* parent() const { return nullptr; }

  /// The coroutine that waits, or runs. Null once the task is done, and while its frames go.
  const PromiseBase* innermost() const { return innermost_; }

  /// The task made before this one of those that were not dropped yet, or null.
  TaskBase* older() const { return older_; }

 protected:
  /// The loop resumes `outermost` in the next turn. `std::logic_error` if that is null, or was
  /// awaited.
  TaskBase(EventLoop& loop, PromiseBase* outermost, std::string_view name);

  /// Takes what the coroutine came to, and destroys it; `error`, if there is one, in place of a
  /// result, but not of an exception. Returns the exception that is left, or null.
  virtual std::exception_ptr take_result(std::exception_ptr error) = 0;
  /// Destroys the coroutine where it waits, if it is still there.
  virtual void drop_coroutine() noexcept = 0;
  /// Called last of all; may destroy the task.
  virtual void finished() {}

  /// Ends the task where it is: cancelled, unless it was done. A destructor begins with this.
  void drop() noexcept;

  /// Somebody looks at the result. Throws `std::logic_error` if there is none yet, CancelledError
  /// if there never will be.
  void look();
  /// Prints an exception that nobody has looked at.
  void report_unless_looked_at(const std::exception_ptr& exception) const;

 private:
  friend class EventLoop;
  enum class State : std::uint8_t { pending, done, cancelled };
  using Name = std::basic_string<char, std::char_traits<char>, Recycled<char>>;

  void step();
  void schedule();
  void stay_asleep() noexcept;
  void finish(std::exception_ptr error);

  EventLoop* loop_;  // null if it went before
  TaskBase* older_;
  TaskBase* younger_ = nullptr;
  const common::trace::Context trace_ = common::trace::current;
  Name name_;
  PromiseBase* innermost_ = nullptr;
  TaskBase* awaits_ = nullptr;
  SoonQueue::Id step_id_ = 0;  // what the loop calls the step that is due; 0: none is
  std::forward_list<EventLoop::Callback, Recycled<EventLoop::Callback>> callbacks_;
  std::uint32_t cancelling_ = 0;
  State state_ = State::pending;
  bool begun_ = false;
  bool looked_at_ = false;
  bool asked_ = false;            // while `cancel` goes from each task to the one that it awaits
  bool wait_is_over_ = false;     // what it waited for woke it: the step is due in any case
  bool abandoned_ = false;        // what it waited for is gone
  bool throw_cancelled_ = false;  // at the next chance
};

}  // namespace stage5
