// Exercise 17, solved. Between the notification and the turn in which the task goes on, anything
// may happen to the task. So a place in line knows whether it was told and whether that was heard;
// and if it goes in between, it tells the next one.
#pragma once

#include <list>

#include "stage5_native_coroutines/coroutine.h"
#include "stage5_native_coroutines/future.h"

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
  stage5::Coroutine<> wait() {
    Place place(*this);
    co_await place.told;
    place.heard = true;
  }

  /// Notifies the one who has waited longest, if there is one.
  void notify_one() {
    if (waiting_.empty()) return;
    Place* const first = waiting_.front();
    waiting_.pop_front();
    first->told.set_result();
  }

  /// Notifies all who wait now.
  void notify_all() {
    while (!waiting_.empty()) notify_one();
  }

 private:
  struct Place {
    explicit Place(Condition& condition)
        : condition(condition), here(condition.waiting_.insert(condition.waiting_.end(), this)) {}
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() {
      if (!told.done()) {
        condition.waiting_.erase(here);
      } else if (!heard) {
        condition.notify_one();
      }
    }
    Condition& condition;
    stage5::Future<> told;
    bool heard = false;
    std::list<Place*>::iterator here;
  };

  std::list<Place*> waiting_;
};
