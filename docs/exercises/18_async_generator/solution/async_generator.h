// Exercise 18, solved. `co_yield item` is `co_await promise.yield_value(item)`: what a generator
// does at a `co_yield` is what any coroutine does at its end, but that it stays where it is. And
// `next` is what awaiting a Coroutine is, but that it can be done again.
#pragma once

#include <coroutine>
#include <exception>
#include <memory>
#include <source_location>
#include <utility>

#include "stage5_native_coroutines/coroutine.h"
#include "stage5_native_coroutines/task_base.h"

/// A function with `co_yield` in it, called but not started. Owns its frame, and belongs to the
/// coroutine that uses it: a local of that.
///
///     auto lines = read_lines(&sock);
///     while (const auto* line = co_await lines.next()) use(*line);
template <class T>
class AsyncGenerator {
 public:
  struct promise_type : stage5::PromiseBase {
    AsyncGenerator get_return_object() noexcept {
      handle = std::coroutine_handle<promise_type>::from_promise(*this);
      return AsyncGenerator(*this);
    }

    // What `co_yield item` calls, and then awaits what this returns.
    auto yield_value(T& item) noexcept {
      value = std::addressof(item);
      return final_suspend();  // suspends, and the one who awaits goes on
    }
    auto yield_value(T&& item) noexcept { return yield_value(item); }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { error = std::current_exception(); }

    T* value = nullptr;  // what was yielded last, which lives in the frame; null at the end
    std::exception_ptr error;
  };

  explicit AsyncGenerator(promise_type& promise) : promise_(&promise) {}
  AsyncGenerator(AsyncGenerator&& other) noexcept
      : promise_(std::exchange(other.promise_, nullptr)) {}
  AsyncGenerator& operator=(AsyncGenerator&&) = delete;
  ~AsyncGenerator() {
    if (promise_ != nullptr) promise_->handle.destroy();
  }

  /// `co_await generator.next()` runs it up to its next `co_yield` and gives the address of what it
  /// yields, valid until the next call; null at its end. Throws what it throws, once.
  auto next() { return Next{*promise_}; }

 private:
  struct Next {
    bool await_ready() const noexcept { return generator.handle.done(); }

    template <class Promise>
    void await_suspend(
        std::coroutine_handle<Promise> parent,
        std::source_location where = std::source_location::current()) const noexcept {
      parent.promise().where = where;
      generator.value = nullptr;
      generator.parent = &parent.promise();
      stage5::current_task().continue_with(generator);
    }

    T* await_resume() const {
      if (generator.error) std::rethrow_exception(std::exchange(generator.error, nullptr));
      return generator.value;
    }

    promise_type& generator;
  };

  promise_type* promise_;
};
