// Shows: a Future as an awaiter (§4.4.1, §5). Since stage 4: any type of result; `co_await` where
// `resume` was; it may be a local of the coroutine that waits.
#pragma once

#include <coroutine>
#include <exception>
#include <functional>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "event_loop.h"

namespace stage5 {

/// What Futures of every type share: who waits, and who is called back.
class FutureBase {
 public:
  using Callback = std::function<void()>;

  FutureBase() = default;
  FutureBase(const FutureBase&) = delete;
  FutureBase& operator=(const FutureBase&) = delete;

  bool done() const { return done_; }

  /// Calls `callback` when this is done: from inside `set_result` or `set_exception`, or at once if
  /// it is done already.
  void add_done_callback(Callback callback) {
    if (done_) return callback();
    callbacks_.push_back(std::move(callback));
  }

  /// Done, with an exception, which is thrown where a coroutine waits. Throws `std::logic_error` if
  /// it was done before.
  void set_exception(std::exception_ptr exception) {
    if (!done_) exception_ = std::move(exception);
    set_done();
  }

  /// The exception that it is done with, or null.
  const std::exception_ptr& exception() const { return exception_; }

  /// A coroutine's wait, in its frame, for as long as it lasts. Destroying it ends the wait.
  class Waiter {
   public:
    explicit Waiter(FutureBase& future) : future_(future) {}
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;
    ~Waiter() { leave(); }

    bool await_ready() const { return future_.done_; }

    /// The Future's `set_…` wakes the task, and the loop resumes `coroutine` in its next turn.
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> coroutine) {
      task_ = coroutine.promise().task;
      task_->suspend(coroutine);
      Waiter** last = &future_.waiters_;
      while (*last != nullptr) last = &(*last)->next_;
      *last = this;
    }

   protected:
    void resumed() {
      leave();
      if (task_ != nullptr) task_->rethrow();
    }

    FutureBase& future_;

   private:
    friend class FutureBase;
    void leave() {
      for (Waiter** link = &future_.waiters_; *link != nullptr; link = &(*link)->next_) {
        if (*link == this) {
          *link = next_;
          return;
        }
      }
    }

    TaskBase* task_ = nullptr;
    Waiter* next_ = nullptr;
  };

 protected:
  void set_done() {
    if (done_) throw std::logic_error("this Future is done already: it is set only once");
    done_ = true;
    for (Waiter* waiter = waiters_; waiter != nullptr; waiter = waiter->next_)
      waiter->task_->wake();
    for (auto& callback : std::exchange(callbacks_, {})) callback();
  }

  std::exception_ptr exception_;

 private:
  bool done_ = false;
  Waiter* waiters_ = nullptr;
  std::vector<Callback> callbacks_;
};

/// Pending until somebody sets its result or its exception, once. It must outlive whoever waits for
/// it and whoever sets it.
template <class T = void>
class Future : public FutureBase {
  using Stored = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

 public:
  /// Done, with a result. Throws `std::logic_error` if it was done before.
  template <class... Value>
  void set_result(Value&&... value) {
    if (!done()) result_.emplace(std::forward<Value>(value)...);
    set_done();
  }

  /// The result, to be moved from; or throws the exception. Only if done.
  std::add_lvalue_reference_t<T> result() {
    if (exception_) std::rethrow_exception(exception_);
    if constexpr (!std::is_void_v<T>) return *result_;
  }

  /// Waits until this is done and gives its result, or throws its exception, or what was thrown
  /// into the task.
  auto operator co_await() {
    struct Awaiter : Waiter {
      explicit Awaiter(Future& future) : Waiter(future) {}
      T await_resume() {
        this->resumed();
        auto& future = static_cast<Future&>(this->future_);
        if constexpr (std::is_void_v<T> || std::is_copy_constructible_v<T>) {
          return future.result();
        } else {
          return std::move(future.result());
        }
      }
    };
    return Awaiter(*this);
  }

 private:
  std::optional<Stored> result_;
};

}  // namespace stage5
