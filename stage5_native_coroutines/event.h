// Shows: tasks that wait until something has happened (§4.6). New in this stage.
#pragma once

#include "coroutine.h"
#include "wait_list.h"

namespace stage5 {

/// A flag that coroutines can wait for, like asyncio's Event.
///
/// ```cpp file
/// Coroutine<> start(Event* ready) {
///   ready->set();  // every coroutine that waits goes on in the loop's next turn
///   co_return;
/// }
/// Coroutine<> work(Event* ready) { co_await ready->wait(); }
/// ```
///
/// If the Event is destroyed first, coroutines that still wait get a CancelledError. Not
/// thread-safe.
class Event {
 public:
  bool is_set() const { return set_; }

  /// Sets the flag and wakes every coroutine that waits. Until `clear`, `wait` does not wait.
  void set() {
    set_ = true;
    waiting_.wake_all();
  }

  /// Clears the flag. Coroutines that `set` has already woken go on all the same.
  void clear() { set_ = false; }

  /// Waits until the flag is set, or not at all if it is set already.
  Coroutine<> wait() {
    if (!set_) co_await waiting_;
  }

 private:
  bool set_ = false;
  WaitList waiting_;
};

}  // namespace stage5
