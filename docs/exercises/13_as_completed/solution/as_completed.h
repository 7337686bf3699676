// Exercise 13, solved. Whoever is done says so in a queue: then the order is that of the queue, and
// what was not taken yet is still in there. No callback is needed, and so none can come too late.
#pragma once

#include <cstddef>
#include <exception>
#include <list>
#include <stdexcept>
#include <utility>
#include <variant>
#include <vector>

#include "stage5_native_coroutines/event_loop.h"
#include "stage5_native_coroutines/gather.h"
#include "stage5_native_coroutines/queue.h"
#include "stage5_native_coroutines/task.h"

/// Runs coroutines side by side, a Task each, for as long as it lives. For one who waits. The loop
/// must outlive it.
///
///     while (all.left() > 0) use(co_await all.next());
template <class T>
class AsCompleted {
 public:
  AsCompleted(stage5::EventLoop& loop, std::vector<stage5::Coroutine<T>> coroutines)
      : left_(coroutines.size()) {
    for (auto& coroutine : coroutines) tasks_.emplace_back(loop, run(std::move(coroutine), &done_));
  }
  AsCompleted(const AsCompleted&) = delete;
  AsCompleted& operator=(const AsCompleted&) = delete;

  /// How many `next` has not given yet.
  std::size_t left() const { return left_; }

  /// Waits until another one is done, whichever is first, and gives its result or throws its
  /// exception. Throws `std::logic_error` if none is left. Nothing is lost if the wait is
  /// cancelled.
  stage5::Coroutine<T> next() {
    if (left_ == 0) throw std::logic_error("there is none left");
    auto settled = co_await done_.get();
    --left_;
    if (auto* error = std::get_if<std::exception_ptr>(&settled)) std::rethrow_exception(*error);
    co_return std::get<T>(std::move(settled));
  }

 private:
  using Settled = stage5::Settled<T>;

  static stage5::Coroutine<> run(stage5::Coroutine<T> coroutine, stage5::Queue<Settled>* done) {
    Settled settled = std::exception_ptr();
    try {
      settled = co_await coroutine;
    } catch (...) {  // CancelledError too: nobody can cancel this task, so that is what it came to
      settled = std::current_exception();
    }
    done->put_nowait(std::move(settled));
  }

  std::size_t left_;
  stage5::Queue<Settled> done_;
  std::list<stage5::Task<>> tasks_;  // destroyed first
};
