// Exercise 13: results in the order in which they come.
#pragma once

#include <cstddef>
#include <utility>
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
  AsCompleted([[maybe_unused]] stage5::EventLoop& loop,
              std::vector<stage5::Coroutine<T>> coroutines)
      : coroutines_(std::move(coroutines)) {}
  AsCompleted(const AsCompleted&) = delete;
  AsCompleted& operator=(const AsCompleted&) = delete;

  /// How many `next` has not given yet.
  std::size_t left() const { return coroutines_.size() - given_; }

  /// Waits until another one is done, whichever is first, and gives its result or throws its
  /// exception. Throws `std::logic_error` if none is left. Nothing is lost if the wait is
  /// cancelled.
  stage5::Coroutine<T> next() { return std::move(coroutines_.at(given_++)); }  // TODO

 private:
  std::vector<stage5::Coroutine<T>> coroutines_;
  std::size_t given_ = 0;
};
