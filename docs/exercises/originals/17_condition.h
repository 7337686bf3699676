// Exercise 17: a condition that loses no notification.
#pragma once

#include "stage5_native_coroutines/coroutine.h"
#include "stage5_native_coroutines/wait_list.h"

/// Lets tasks wait until something has changed, and look again. Must outlive those who wait.
class Condition {
 public:
  /// Waits until `predicate()` holds, and looks again after each notification.
  template <class Predicate>
  stage5::Coroutine<> wait_until(Predicate predicate) {
    while (!predicate()) co_await wait();
  }

  /// Waits for a notification. If the one who got it is cancelled or dropped before he has gone on,
  /// the next one in line gets it.
  stage5::Coroutine<> wait() { co_await waiting_; }  // TODO: the second sentence

  /// Notifies the one who has waited longest, if there is one.
  void notify_one() { waiting_.wake_first(); }

  /// Notifies all who wait now.
  void notify_all() { waiting_.wake_all(); }

 private:
  stage5::WaitList waiting_;
};
