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
  PromiseBase* awaiter = nullptr;  ///< The coroutine that awaits this one; null for a Task's own.
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

  /// It starts where it is awaited, not where it is called.
  std::suspend_always initial_suspend() const noexcept { return {}; }

  /// Whoever awaits this goes on when it has ended.
  auto final_suspend() const noexcept { return GoOnWithAwaiter(); }

 private:
  struct GoOnWithAwaiter {
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> ended) const noexcept {
      PromiseBase* const awaiter = ended.promise().awaiter;
      common::trace::record({"ended", {{"object", &ended.promise()}, {"awaiter", awaiter}}});
      if (awaiter != nullptr) current_task().continue_with(*awaiter);
    }
    void await_resume() const noexcept {}
  };
};

/// Keeps what the coroutine returned or threw until it is taken.
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

/// A function that can wait, called but not started: it starts where it is awaited, or when a Task
/// runs it. Owns the frame; destroying it destroys the locals wherever it waits, innermost
/// coroutine first. That recurses, where awaiting and ending do not: with 8 MiB of stack a
/// chain of 100,000 may be dropped where it waits (11,000 under ASan), a longer one is cancelled.
/// Moved, not copied.
template <class T = void>
class [[nodiscard]] Coroutine {
 public:
  using promise_type = Promise<T>;

  explicit Coroutine(promise_type& promise) : promise_(&promise) {}
  Coroutine(Coroutine&& other) noexcept : promise_(std::exchange(other.promise_, nullptr)) {}
  Coroutine& operator=(Coroutine&&) = delete;
  ~Coroutine() { reset(); }

  /// Destroys the frame, and the locals with it. Nothing if it is gone already.
  void reset() noexcept {
    if (promise_ != nullptr) std::exchange(promise_, nullptr)->handle.destroy();
  }

  /// Null once moved from or reset.
  promise_type* promise() const { return promise_; }

  // `co_await coroutine` runs it as a part of the awaiting one, which must not go before it, and
  // gives what it returns or throws what it throws. It starts and ends without a turn of the loop.

  /// It has to be run first.
  bool await_ready() const noexcept { return false; }

  /// The task goes on with this coroutine, and with `parent` when it has ended. `std::logic_error`
  /// if it was awaited before, or moved from.
  template <class ParentPromise>
  void await_suspend(std::coroutine_handle<ParentPromise> parent,
                     std::source_location where = std::source_location::current()) const {
    if (promise_ == nullptr) throw std::logic_error("a Coroutine that was moved from can't run");
    if (promise_->awaiter != nullptr) throw std::logic_error("a Coroutine is awaited only once");
    common::trace::record(
        {"awaits", {{"object", &parent.promise()}, {"awaited", promise_}}, &where});
    parent.promise().where = where;
    promise_->awaiter = &parent.promise();
    current_task().continue_with(*promise_);
  }

  /// Something large is given to be moved from, as long as the expression lasts: each coroutine on
  /// the way would have to have room for it otherwise, and all of them while they wait. So keep it
  /// in an object, not in an `auto&&`. What a `for` may go through is given as it is, whatever its
  /// size: `for (auto& each : co_await big())` is safe.
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
