// What the steps have in common: two numbers that tell of themselves, something to wait for, and
// the promise. Not one of them changes from step to step; only who calls them does.
#pragma once

#include <coroutine>
#include <cstddef>
#include <exception>
#include <functional>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace lowering {

/// All that has happened, in order.
using Events = std::vector<std::string>;
inline Events events;
inline void note(const std::string& event) { events.push_back(event); }

/// A number that tells when it is made and when it is destroyed, wherever it was moved in between.
class Noted {
 public:
  Noted(std::string name, int number) : name_(std::move(name)), number_(number) {
    note(name_ + ": made");
  }
  Noted(Noted&& other) noexcept : name_(std::exchange(other.name_, "")), number_(other.number_) {}
  Noted& operator=(Noted&&) = delete;
  ~Noted() {
    if (!name_.empty()) note(name_ + ": destroyed");
  }

  int number() const { return number_; }

 private:
  std::string name_;  // none: moved from
  int number_;
};

inline int sum_of(const Noted& a, const Noted& b) {
  if (a.number() > std::numeric_limits<int>::max() - b.number())
    throw std::overflow_error("the sum is too large");
  return a.number() + b.number();
}

/// A number that is still to come, called b. Whoever brings it resumes who waits for it.
class Arrival {
 public:
  void bring(int number) {
    number_ = number;
    come();
  }
  void bring_error(std::exception_ptr error) {
    error_ = std::move(error);
    come();
  }

  /// One wait. It ends when this is destroyed, at the latest.
  class Awaiter {
   public:
    explicit Awaiter(Arrival& arrival) : arrival_(arrival) { note("awaiter: made"); }
    Awaiter(const Awaiter&) = delete;
    Awaiter& operator=(const Awaiter&) = delete;
    ~Awaiter() {
      arrival_.resume_ = nullptr;
      note("awaiter: destroyed");
    }

    /// Is there any need to wait?
    bool await_ready() const {
      note(arrival_.here_ ? "awaiter: await_ready, yes" : "awaiter: await_ready, no");
      return arrival_.here_;
    }

    /// The coroutine stands still; it goes on when `handle.resume()` is called.
    void await_suspend(auto handle) {
      note("awaiter: await_suspend");
      arrival_.resume_ = [handle] { handle.resume(); };
    }

    /// What the wait came to.
    Noted await_resume() const {
      note("awaiter: await_resume");
      if (arrival_.error_) std::rethrow_exception(arrival_.error_);
      return Noted("b", arrival_.number_);
    }

   private:
    Arrival& arrival_;
  };

  Awaiter operator co_await() { return Awaiter(*this); }

 private:
  void come() {
    here_ = true;
    if (resume_) std::exchange(resume_, nullptr)();
  }

  bool here_ = false;
  int number_ = 0;
  std::exception_ptr error_;
  std::function<void()> resume_;
};

class Promise;

/// What `add` returns: owns the frame, wherever the coroutine in it stands.
template <class Handle>
class Sum {
 public:
  using promise_type = Promise;  // which the compiler looks for

  explicit Sum(Handle handle) : handle_(handle) {}
  Sum(const Sum&) = delete;
  Sum& operator=(const Sum&) = delete;
  ~Sum() {
    if (handle_) handle_->destroy();
  }

  void start() const { handle_->resume(); }
  bool done() const { return handle_->done(); }
  int result() const { return handle_->promise().result(); }  ///< Or throws. Only if done.

  /// The frame is the caller's from now on.
  Handle release() { return *std::exchange(handle_, std::nullopt); }

 private:
  std::optional<Handle> handle_;
};

/// The place in the frame where the coroutine leaves its result, and what it asks at each turn.
class Promise {
 public:
  Promise() { note("promise: made"); }
  Promise(const Promise&) = delete;
  Promise& operator=(const Promise&) = delete;
  ~Promise() { note("promise: destroyed"); }

  /// Where the memory of the whole frame is from.
  static void* operator new(std::size_t size);
  static void operator delete(void* memory);

  Sum<std::coroutine_handle<Promise>> get_return_object() {
    return Sum(std::coroutine_handle<Promise>::from_promise(*this));
  }

  std::suspend_always initial_suspend() const noexcept {
    note("promise: initial_suspend");
    return {};
  }
  void return_value(int value) {
    note("promise: return_value");
    value_ = value;
  }
  void unhandled_exception() noexcept {
    note("promise: unhandled_exception");
    error_ = std::current_exception();
  }
  std::suspend_always final_suspend() const noexcept {
    note("promise: final_suspend");
    return {};
  }

  int result() const {
    if (error_) std::rethrow_exception(error_);
    return value_;
  }

 private:
  int value_ = 0;
  std::exception_ptr error_;
};

}  // namespace lowering
