// Exercise 7: a Future that one may lose interest in.
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <utility>

#include "stage3_future_task/future.h"

/// What a machine gets to see where it waits for a Future that is cancelled.
struct Cancelled : std::exception {
  const char* what() const noexcept override { return "cancelled"; }
};

/// A Future of stage 3 that can be cancelled. To be made with `std::make_shared`.
class CancellableFuture : public stage3::Future {
 public:
  /// Whoever will set this says here how to stop the work for it. Called once, and only if this is
  /// cancelled. It may drop the last reference to this.
  void on_cancel([[maybe_unused]] std::function<void()> stop) {}

  /// Ends the wait for this: the work for it is stopped, then this is done with a `Cancelled`.
  /// False, and nothing happens, if it is done or being cancelled already.
  bool cancel() { return false; }  // TODO
};
