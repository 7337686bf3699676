// What the traps share: the smallest coroutine there is, something to wait for, and a main.
#pragma once

#include <coroutine>
#include <cstdio>
#include <exception>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace traps {

/// Runs to its first wait when it is resumed, and keeps what it returned. Owns the frame.
template <class T>
class Coroutine {
 public:
  struct promise_type {
    std::optional<T> result;
    Coroutine get_return_object() {
      return Coroutine(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_value(T value) { result = std::move(value); }
    void unhandled_exception() { std::terminate(); }
  };

  explicit Coroutine(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  Coroutine(Coroutine&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Coroutine& operator=(Coroutine&&) = delete;
  ~Coroutine() {
    if (handle_) handle_.destroy();
  }

  void resume() { handle_.resume(); }
  const T& result() const { return *handle_.promise().result; }  ///< Only if it has returned.

 private:
  std::coroutine_handle<promise_type> handle_;
};

/// Something to wait for. `set` resumes whoever waits, at once.
class Signal {
 public:
  void set() {
    for (const auto handle : std::exchange(waiting_, {})) handle.resume();
  }

  auto operator co_await() {
    struct Awaiter {
      explicit Awaiter(Signal& signal) : signal(signal) {}
      bool await_ready() { return false; }
      void await_suspend(std::coroutine_handle<> handle) { signal.waiting_.push_back(handle); }
      void await_resume() {}
      Signal& signal;
    };
    return Awaiter(*this);
  }

  /// Nobody may resume `handle` any more.
  void forget(std::coroutine_handle<> handle) { std::erase(waiting_, handle); }

 private:
  std::vector<std::coroutine_handle<>> waiting_;
};

/// The program: runs the fault, or the cure.
inline int run(int argc, char** argv, void (*fault)(), void (*cure)()) {
  const std::string_view which = argc == 2 ? argv[1] : "";
  if (which != "fault" && which != "cure") {
    std::fprintf(stderr, "usage: %s fault|cure\n", argv[0]);
    return 2;
  }
  (which == "fault" ? fault : cure)();
  return 0;
}

}  // namespace traps
