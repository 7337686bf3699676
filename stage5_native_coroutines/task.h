// Shows: who runs a coroutine side by side with others, and keeps what it came to (§4.4.3, §4.6).
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

/// Runs one coroutine from the loop's next turn on. Owns it: dropping the Task drops it wherever it
/// waits, and cancels whoever awaits the Task. Not from inside a step of its own, nor of a task in
/// its scope.
template <class T = void>
class Task : public TaskBase {
 public:
  /// Takes a `coroutine` that nobody awaits; `std::logic_error` if it was moved from or awaited.
  /// Without a `name` it is given one: "Task-7".
  Task(EventLoop& loop, Coroutine<T> coroutine, std::string_view name = {})
      : TaskBase(loop, coroutine.promise(), name), coroutine_(std::move(coroutine)) {}
  /// An exception that nobody has looked at is printed.
  ~Task() override {
    if (const auto error = result_.exception(); error && !cancelled())
      report_unless_looked_at(error);
    drop();
  }

  /// What the coroutine returned, to be moved from if nobody else wants it; or throws what it
  /// threw, CancelledError if it was cancelled. `std::logic_error` if it is not done.
  typename Result<T>::Reference result() {
    look();
    return result_.get();
  }

  /// What the coroutine threw, or null. The same errors.
  std::exception_ptr exception() {
    look();
    return result_.exception();
  }

  /// Waits until this is done, and gives its `result()`. Whoever is cancelled meanwhile cancels it.
  /// `std::logic_error` if it is this Task that would wait.
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

/// Runs `coroutine` as a Task of `loop`, and the loop until that is done. Gives what it returned or
/// throws what it threw; `std::logic_error` if it waits for what nobody will ever do, or the loop
/// was stopped before. Tasks that are not done then stay where they are.
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
  if (!task.done()) throw std::logic_error("the coroutine waits for what nobody will ever do");
  if constexpr (std::is_void_v<T>) {
    task.result();
  } else {
    return std::forward<T>(task.result());
  }
}

}  // namespace stage5
