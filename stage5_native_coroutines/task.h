// Shows: what the compiler needs to know to write stage 4's machines itself (`Coroutine`), and who
// runs them (`Task`) (§4.4.3, §5). Since stage 4: generator.h and yield_from.h are gone.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "event_loop.h"
#include "future.h"

namespace stage5 {

template <class T>
class Coroutine;

/// What the coroutines of every type share; held in the coroutine's frame, beside its locals.
struct PromiseBase {
  TaskBase* task = nullptr;  ///< Who runs the chain; set before the coroutine starts.
  std::coroutine_handle<>
      continuation;  ///< Who awaits this and is resumed when it ends; none before it waited.
  std::exception_ptr error;  ///< What left the coroutine.

  std::suspend_always initial_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { error = std::current_exception(); }

  auto final_suspend() const noexcept {
    struct ResumeContinuation {
      explicit ResumeContinuation(std::coroutine_handle<> continuation) : next(continuation) {}
      bool await_ready() const noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<>) const noexcept { return next; }
      void await_resume() const noexcept {}
      std::coroutine_handle<> next;
    };
    return ResumeContinuation(continuation ? continuation : std::noop_coroutine());
  }
};

/// Keeps what the coroutine returned or threw until it is taken.
template <class T>
struct Promise : PromiseBase {
  std::optional<T> value;

  Coroutine<T> get_return_object() noexcept;
  void return_value(T result) { value.emplace(std::move(result)); }
  T take() {
    if (error) std::rethrow_exception(error);
    return std::move(*value);
  }
};

template <>
struct Promise<void> : PromiseBase {
  inline Coroutine<void> get_return_object() noexcept;
  void return_void() const noexcept {}
  void take() const {
    if (error) std::rethrow_exception(error);
  }
};

/// A function that can wait, called but not started: it starts where it is awaited, or when a Task
/// runs it. Owns the frame; destroying it destroys the locals wherever it waits, innermost
/// coroutine first.
template <class T = void>
class [[nodiscard]] Coroutine {
 public:
  using promise_type = Promise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  explicit Coroutine(Handle handle) : handle_(handle) {}
  Coroutine(Coroutine&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Coroutine& operator=(Coroutine&&) = delete;
  ~Coroutine() {
    if (handle_) handle_.destroy();
  }

  Handle handle() const { return handle_; }

  /// Runs this as a part of the awaiting coroutine, and gives what it returns or throws what it
  /// throws.
  auto operator co_await() && { return Awaiter(handle_); }

 private:
  struct Awaiter {
    explicit Awaiter(Handle handle) : child(handle) {}
    bool await_ready() const noexcept { return false; }

    // Starts the child right here. If it ends without waiting, the parent simply goes on (false): a
    // loop of such awaits needs no stack. Otherwise both are suspended, and the child will resume
    // the parent when it ends.
    template <class ParentPromise>
    bool await_suspend(std::coroutine_handle<ParentPromise> parent) const {
      child.promise().task = parent.promise().task;
      child.resume();
      if (child.done()) return false;
      child.promise().continuation = parent;
      return true;
    }

    T await_resume() const { return child.promise().take(); }

    Handle child;
  };

  Handle handle_;
};

template <class T>
Coroutine<T> Promise<T>::get_return_object() noexcept {
  return Coroutine<T>(std::coroutine_handle<Promise>::from_promise(*this));
}
Coroutine<void> Promise<void>::get_return_object() noexcept {
  return Coroutine<void>(std::coroutine_handle<Promise>::from_promise(*this));
}

/// Runs one coroutine side by side with others, from the loop's next turn on, and keeps what it
/// came to. Owns the coroutine: dropping the Task drops it wherever it waits. Not from inside a
/// step of its own. The loop must outlive it.
template <class T = void>
class Task final : public TaskBase {
 public:
  Task(EventLoop& loop, Coroutine<T> coroutine) : TaskBase(loop), coroutine_(std::move(coroutine)) {
    coroutine_.handle().promise().task = this;
    suspend(coroutine_.handle());
    wake();
  }

  bool done() const { return result_.done(); }

  /// What the coroutine returned, to be moved from; or throws what it threw. Only if done.
  decltype(auto) result() { return result_.result(); }

  /// What it threw, or null.
  const std::exception_ptr& exception() const { return result_.exception(); }

  /// Calls `callback` from inside the last step, or at once if that is over. It must not drop the
  /// Task.
  void add_done_callback(FutureBase::Callback callback) {
    result_.add_done_callback(std::move(callback));
  }

  /// Waits until this is done, and gives its result or throws its exception.
  auto operator co_await() { return result_.operator co_await(); }

 private:
  void step() override {
    if (done()) return;
    if (thrown_ && !started_) return result_.set_exception(thrown_);  // it never began
    started_ = true;
    innermost_.resume();
    if (!coroutine_.handle().done()) return;
    auto& promise = coroutine_.handle().promise();
    if (promise.error) {
      result_.set_exception(promise.error);
    } else if constexpr (std::is_void_v<T>) {
      result_.set_result();
    } else {
      result_.set_result(promise.take());
    }
  }

  Coroutine<T> coroutine_;
  Future<T> result_;
  bool started_ = false;
};

/// Runs `coroutine` as a Task of `loop`, and the loop until that is done. Gives what it returned or
/// throws what it threw.
template <class T>
T run_until_complete(EventLoop& loop, Coroutine<T> coroutine) {
  Task<T> task(loop, std::move(coroutine));
  task.add_done_callback([&loop] { loop.stop(); });
  loop.run();
  if (!task.done()) throw std::logic_error("the coroutine waits for what nobody will ever do");
  if constexpr (std::is_void_v<T>) {
    task.result();
  } else {
    return std::move(task.result());
  }
}

/// `co_await CurrentTask()` gives the Task that runs the awaiting coroutine, without waiting.
class CurrentTask {
 public:
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> coroutine) noexcept {
    task_ = coroutine.promise().task;
    return false;
  }
  TaskBase& await_resume() const noexcept { return *task_; }

 private:
  TaskBase* task_ = nullptr;
};

}  // namespace stage5
