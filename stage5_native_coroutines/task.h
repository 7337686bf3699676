// Shows: what runs a coroutine side by side with others and keeps its result (§4.4.3, §4.6).
// Since stage 4: asyncio's states, cancelling, and `co_await`.
#pragma once

#include <coroutine>
#include <exception>
#include <source_location>
#include <stdexcept>
#include <string_view>
#include <type_traits>
#include <utility>

#include "common/trace/trace.h"
#include "coroutine.h"
#include "event_loop.h"
#include "result.h"
#include "task_base.h"
#include "wait_list.h"

namespace stage5 {

/// Runs one coroutine side by side with the other tasks of a loop, and keeps what it returned or
/// threw.
///
/// ```cpp file
/// Coroutine<int> count() { co_return 3; }
/// Coroutine<> both(EventLoop* loop) {
///   Task<int> task(*loop, count());  // starts in the loop's next turn
///   const int counted = co_await task;
///   std::printf("%d\n", counted);
/// }
/// ```
///
/// The loop steps the Task: for the first time in its next turn, and again after each wake-up. A
/// step resumes the innermost coroutine of the chain that this Task runs, the one at whose
/// `co_await` it waits.
///
/// The Task owns its coroutine, and through it every coroutine that this one awaits. Destroying the
/// Task destroys them where they wait, the innermost first, and nothing is thrown in them.
/// Coroutines that await the Task get a CancelledError. Do not destroy a Task from inside one of
/// its own steps, nor from a step of a task in its scope: its coroutine is running then.
///
/// `co_await` a Task that has a name, as above. A temporary Task is destroyed at the end of the
/// full expression, and with it the result that `co_await` refers to. A copy of the result is fine
/// (`int x = co_await Task<int>(loop, count());`), but `auto&& x = …` dangles, and so does a `for`
/// over such a result.
template <class T = void>
class Task : public TaskBase {
 public:
  /// Takes over `coroutine`, which must not have been awaited or moved from (`std::logic_error`).
  /// It starts in the loop's next turn. A task without a `name` gets one, such as "Task-7".
  Task(EventLoop& loop, Coroutine<T> coroutine, std::string_view name = {})
      : TaskBase(loop, coroutine.promise(), name), coroutine_(std::move(coroutine)) {}
  /// Destroys the coroutine where it waits, if it is not done. Prints an exception that was never
  /// looked at, by `result`, `exception` or `co_await`.
  ~Task() override {
    if (const auto error = result_.exception(); error && !cancelled())
      report_unless_looked_at(error);
    drop();
  }

  /// Returns a reference to what the coroutine returned, or throws what it threw, which is
  /// CancelledError if it was cancelled. Move from it only if nothing else wants the result. Throws
  /// `std::logic_error` if the Task is not done.
  typename Result<T>::Reference result() {
    look();
    return result_.get();
  }

  /// Returns the exception that the coroutine threw, or null. Throws CancelledError if the Task was
  /// cancelled, and `std::logic_error` if it is not done.
  std::exception_ptr exception() {
    look();
    return result_.exception();
  }

  /// Makes `co_await task` wait until the Task is done and then give its `result()`. If the waiting
  /// task is cancelled meanwhile, the cancel goes on to this one. Throws `std::logic_error` if a
  /// Task awaits itself.
  auto operator co_await() { return Awaiter(*this); }

 private:
  struct Awaiter : WaitList::Wait {
    explicit Awaiter(Task& task) : Wait(task.waiting_), awaited(task) {}
    Awaiter(const Awaiter&) = delete;
    Awaiter& operator=(const Awaiter&) = delete;
    ~Awaiter() { set_awaits(nullptr); }

    bool await_ready() const {
      common::trace::record_if(!awaited.done(), {"awaits", {{"awaited", &awaited}}});
      return awaited.done();
    }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> coroutine,
                       std::source_location where = std::source_location::current()) {
      if (&current_task() == &awaited) throw std::logic_error("a Task awaits itself");
      Wait::await_suspend(coroutine, where);
      set_awaits(&awaited);
    }
    typename Result<T>::Reference await_resume() {
      set_awaits(nullptr);
      Wait::await_resume();
      return awaited.result();
    }

    void set_awaits(TaskBase* task) {
      if (this->task_ != nullptr) this->task_->set_awaits(task);
    }
    Task& awaited;
  };

  std::exception_ptr take_result(std::exception_ptr error) override {
    result_ = std::move(coroutine_.promise()->result);
    if (error && !result_.exception()) result_.set_exception(std::move(error));
    coroutine_.reset();
    waiting_.wake_all_in_place();
    return result_.exception();
  }

  void drop_coroutine() noexcept override { coroutine_.reset(); }

  Result<T> result_;
  WaitList waiting_;
  Coroutine<T> coroutine_;  // destroyed first
};

/// Runs `coroutine` as a Task of `loop` and runs the loop until that Task is done. Returns what the
/// coroutine returned or throws what it threw. Throws `std::logic_error` if the loop ends first: it
/// was stopped, or nothing is left that could ever wake the coroutine. Other tasks that are not
/// done stay where they wait.
///
/// ```cpp file
/// Coroutine<int> answer() { co_return 42; }
/// void program() {
///   EventLoop loop;
///   std::printf("%d\n", run_until_complete(loop, answer()));
/// }
/// ```
template <class T>
T run_until_complete(EventLoop& loop, Coroutine<T> coroutine) {
  class Main final : public Task<T> {
   public:
    using Task<T>::Task;

   private:
    void finished() override { this->loop().stop(); }
  };
  Main task(loop, std::move(coroutine));
  loop.run();
  if (!task.done()) throw std::logic_error("the event loop ended before the coroutine did");
  if constexpr (std::is_void_v<T>) {
    task.result();
  } else {
    return std::forward<T>(task.result());
  }
}

}  // namespace stage5
