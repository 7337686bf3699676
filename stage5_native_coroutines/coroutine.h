// Shows: what the compiler has to be told to write stage 4's machines itself (§4.4.3, §5). Since
// stage 4: generator.h and yield_from.h are gone.
#pragma once

#include <coroutine>
#include <cstddef>
#include <exception>
#include <source_location>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "await_chain.h"
#include "common/trace/trace.h"
#include "recycling.h"
#include "result.h"
#include "task_base.h"

namespace stage5 {

template <class T>
class Coroutine;

/// What the coroutines of every type share; held in the coroutine's frame, beside its locals.
struct PromiseBase {
  std::coroutine_handle<> handle;  ///< The coroutine's own.
  PromiseBase* parent = nullptr;   ///< The coroutine that awaits this one; null for a Task's own.
  std::source_location where;      ///< Its latest `co_await` that waited, or where it begins.

  ~PromiseBase() { common::trace::gone(this); }

  static void* operator new(std::size_t size) {
    void* const frame = allocate_recycled(size);
    ++frame_counts.created;
    return frame;
  }
  static void operator delete(void* frame, std::size_t size) noexcept {
    recycle(frame, size);
    ++frame_counts.destroyed;
  }

  /// Suspends a coroutine that was just called, in front of its first line. It starts when it is
  /// awaited or when a Task runs it.
  std::suspend_always initial_suspend() const noexcept { return {}; }

  /// Suspends a coroutine that has ended and leaves the task a note: the coroutine that awaits this
  /// one goes on. The loop inside `TaskBase::step` resumes it.
  auto final_suspend() const noexcept { return FinalAwaiter(); }

 private:
  struct FinalAwaiter {
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> ended) const noexcept {
      PromiseBase* const parent = ended.promise().parent;
      common::trace::record({"ended", {{"object", &ended.promise()}, {"parent", parent}}});
      if (parent != nullptr) current_task().continue_with(*parent);
    }
    void await_resume() const noexcept {}
  };
};

/// Keeps what the coroutine returned or threw until the coroutine that awaits it takes it.
template <class T>
struct Promise : PromiseBase {
  Result<T> result;

  Coroutine<T> get_return_object(
      std::source_location begin = std::source_location::current()) noexcept;
  template <class Value = T>
  void return_value(Value&& value) {
    result.set_value(std::forward<Value>(value));
  }
  void unhandled_exception() noexcept { result.set_exception(tell_origin(*this)); }
};

template <>
struct Promise<void> : PromiseBase {
  Result<void> result;

  inline Coroutine<void> get_return_object(
      std::source_location begin = std::source_location::current()) noexcept;
  void return_void() const noexcept {}
  void unhandled_exception() noexcept { result.set_exception(tell_origin(*this)); }
};

/// What a call of a coroutine returns: a function that can wait, called but not started. It starts
/// when another coroutine awaits it, or when a Task runs it.
///
/// ```cpp file
/// Coroutine<int> half(int number) { co_return number / 2; }
/// Coroutine<int> quarter(int number) {
///   const int halved = co_await half(number);  // runs `half` to its end, then goes on here
///   co_return co_await half(halved);
/// }
/// ```
///
/// Awaiting does not go through the loop. The task resumes the awaited coroutine next, and when
/// that ends, it resumes the one that awaits it. Only a Future, a Task or another thing with a
/// WaitList makes the whole chain wait: then the task returns to the loop, and resumes the
/// innermost coroutine once it is woken. A cancel throws a CancelledError out of that innermost
/// `co_await`, and the error leaves the chain like any other exception.
///
/// A Coroutine owns its frame. In `co_await half(number)` the temporary belongs to the awaiting
/// coroutine's frame, so a chain is destroyed with its outermost coroutine: the locals go, the
/// innermost coroutine's first, and nothing is thrown. Parameters go last, so a coroutine that came
/// in as a parameter is destroyed after the locals. That recurses, although awaiting and ending do
/// not. With 8 MiB of stack a chain of 100,000 may be destroyed where it waits (11,000 under ASan).
/// Cancel a longer one, which does not recurse.
///
/// Await it once: a second time throws `std::logic_error`, and so does awaiting one that was moved
/// from. Take parameters by value, and do not make a coroutine of a lambda that captures: both
/// would refer to things that are gone when it starts (docs/traps.md).
template <class T = void>
class [[nodiscard]] Coroutine {
 public:
  using promise_type = Promise<T>;

  explicit Coroutine(promise_type& promise) : promise_(&promise) {}
  Coroutine(Coroutine&& other) noexcept : promise_(std::exchange(other.promise_, nullptr)) {}
  Coroutine& operator=(Coroutine&&) = delete;
  ~Coroutine() { reset(); }

  /// Destroys the frame and the locals in it. Does nothing if the frame has already been destroyed.
  void reset() noexcept {
    if (promise_ != nullptr) std::exchange(promise_, nullptr)->handle.destroy();
  }

  /// Returns the promise, or null once the Coroutine has been moved from or reset.
  promise_type* promise() const { return promise_; }

  // The compiler calls these three at `co_await coroutine`.

  /// Returns false: the coroutine has to run first.
  bool await_ready() const noexcept { return false; }

  /// Leaves the task a note to resume this coroutine next, and remembers `parent`, which goes on
  /// when this one has ended. Throws `std::logic_error` if it was awaited before, or moved from.
  template <class ParentPromise>
  void await_suspend(std::coroutine_handle<ParentPromise> parent,
                     std::source_location where = std::source_location::current()) const {
    if (promise_ == nullptr) throw std::logic_error("a Coroutine that was moved from can't run");
    if (promise_->parent != nullptr) throw std::logic_error("a Coroutine is awaited only once");
    common::trace::record(
        {"awaits", {{"object", &parent.promise()}, {"awaited", promise_}}, &where});
    parent.promise().where = where;
    promise_->parent = &parent.promise();
    current_task().continue_with(*promise_);
  }

  /// Returns what the coroutine returned, or throws what it threw. A result of more than 64 bytes
  /// is returned as an rvalue reference into the frame, which lives until the end of the full
  /// expression. Otherwise every coroutine of a chain would hold room for it while it waits. So
  /// store it in an object, not in an `auto&&`. A range is always returned by value, so `for (auto&
  /// each : co_await big())` is safe: CoroutineTest tests both.
  auto await_resume() const -> std::conditional_t<(Result<T>::size > 64) && !Range<T>,
                                                  std::add_rvalue_reference_t<T>, T> {
    return static_cast<std::add_rvalue_reference_t<T>>(promise_->result.get());
  }

 private:
  promise_type* promise_;
};

// A default argument is evaluated where the call stands, or would stand: here, at the beginning of
// the coroutine; of `await_suspend`, at the `co_await`. So every coroutine knows its place.
template <class T>
Coroutine<T> Promise<T>::get_return_object(std::source_location begin) noexcept {
  handle = std::coroutine_handle<Promise>::from_promise(*this);
  where = begin;
  common::trace::made("coroutine", this, begin);
  return Coroutine<T>(*this);
}
Coroutine<void> Promise<void>::get_return_object(std::source_location begin) noexcept {
  handle = std::coroutine_handle<Promise>::from_promise(*this);
  where = begin;
  common::trace::made("coroutine", this, begin);
  return Coroutine<void>(*this);
}

}  // namespace stage5
