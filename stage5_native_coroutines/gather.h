// Shows: several coroutines side by side, as one thing to wait for (§5). New in this stage.
#pragma once

#include <cstddef>
#include <exception>
#include <list>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "event.h"
#include "task.h"

namespace stage5 {

/// How one gathered coroutine ended: its result (std::monostate for void) or its exception.
template <class T>
using Settled =
    std::variant<std::conditional_t<std::is_void_v<T>, std::monostate, T>, std::exception_ptr>;

/// The tasks of one `gather`, for as long as that waits.
template <class T>
class Gathering {
 public:
  Gathering(TaskBase& parent, std::vector<Coroutine<T>> coroutines, bool return_exceptions)
      : left_(coroutines.size()), return_exceptions_(return_exceptions) {
    for (auto& coroutine : coroutines) tasks_.emplace_back(parent, std::move(coroutine), *this);
    if (left_ == 0) over_.set();
  }

  /// Waits until all are done. Unless exceptions are to be returned, waits only until the first one
  /// fails, and throws its exception.
  Coroutine<> wait() {
    co_await over_.wait();
    if (first_error_ && !return_exceptions_) std::rethrow_exception(first_error_);
  }

  /// Returns the tasks, which are done by now, in the order of their coroutines.
  auto& tasks() { return tasks_; }

 private:
  class Child final : public Task<T> {
   public:
    Child(TaskBase& parent, Coroutine<T> coroutine, Gathering& gathering)
        : Task<T>(parent.loop(), std::move(coroutine)), parent_(parent), gathering_(gathering) {}

   private:
    const TaskBase* parent() const override { return &parent_; }
    void finished() override { gathering_.one_finished(*this); }
    TaskBase& parent_;
    Gathering& gathering_;
  };

  void one_finished(Child& child) {
    --left_;
    try {
      child.result();
    } catch (...) {
      if (!first_error_) first_error_ = std::current_exception();
    }
    if (left_ == 0 || (first_error_ && !return_exceptions_)) over_.set();
  }

  std::size_t left_;
  const bool return_exceptions_;
  std::exception_ptr first_error_;
  Event over_;
  std::list<Child> tasks_;
};

/// Runs all of `coroutines` side by side, each in a Task, and returns their results in the same
/// order.
///
/// ```cpp file
/// Coroutine<int> twice(int number) { co_return 2 * number; }
/// Coroutine<> sum() {
///   std::vector<Coroutine<int>> parts;
///   for (int i = 0; i < 3; ++i) parts.push_back(twice(i));
///   int total = 0;
///   for (const int part : co_await gather(std::move(parts))) total += part;
///   std::printf("%d\n", total);
/// }
/// ```
///
/// The first exception ends the wait immediately and is the only one that is thrown. The other
/// coroutines are then destroyed where they wait, and so are all of them if the awaiting coroutine
/// is cancelled. asyncio leaves them running in the first case; here nothing would own them any
/// more.
template <class T>
auto gather(std::vector<Coroutine<T>> coroutines)
    -> Coroutine<std::conditional_t<std::is_void_v<T>, void, std::vector<T>>> {
  Gathering<T> gathering(current_task(), std::move(coroutines), false);
  co_await gathering.wait();
  if constexpr (!std::is_void_v<T>) {
    std::vector<T> results;
    for (auto& task : gathering.tasks()) results.push_back(std::move(task.result()));
    co_return results;
  }
}

/// The type of `return_exceptions`, which asks `gather` to return exceptions instead of throwing.
struct ReturnExceptions {};
inline constexpr ReturnExceptions return_exceptions;

/// Does the same, but waits for all of them however they end, and returns the result or the
/// exception of each.
template <class T>
Coroutine<std::vector<Settled<T>>> gather(std::vector<Coroutine<T>> coroutines, ReturnExceptions) {
  Gathering<T> gathering(current_task(), std::move(coroutines), true);
  co_await gathering.wait();
  std::vector<Settled<T>> all;
  for (auto& task : gathering.tasks()) {
    try {
      if constexpr (std::is_void_v<T>) {
        task.result();
        all.emplace_back(std::monostate());
      } else {
        all.emplace_back(std::move(task.result()));
      }
    } catch (...) {
      all.emplace_back(std::current_exception());
    }
  }
  co_return all;
}

}  // namespace stage5
