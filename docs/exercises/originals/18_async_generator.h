// Exercise 18: a coroutine that gives many values, and may wait in between.
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
      return std::suspend_never();  // TODO: it should suspend, and the one who awaits should go on
    }
    auto yield_value(T&& item) noexcept { return yield_value(item); }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { error = std::current_exception(); }

    T* value = nullptr;  // what was yielded, which lives in the frame
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
    bool await_ready() const noexcept { return true; }  // TODO: it never runs
    void await_suspend(std::coroutine_handle<>) const noexcept {}
    T* await_resume() const { return nullptr; }

    promise_type& generator;
  };

  promise_type* promise_;
};
