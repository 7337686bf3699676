// Shows: tasks that wait for one another without a lock (§4.6): a task is interrupted only where it
// says `co_await`. New in this stage.
#pragma once

#include <cstddef>
#include <list>

#include "future.h"
#include "task.h"

namespace stage5 {

/// A number of permits. Who waits longest gets the next one: nobody who comes later can take it in
/// between. Must outlive those who wait.
class Semaphore {
 public:
  explicit Semaphore(std::size_t permits) : permits_(permits) {}

  /// Takes a permit. False if none is free.
  bool try_acquire() {
    if (permits_ == 0) return false;
    --permits_;
    return true;
  }

  /// Waits for a permit and takes it.
  Coroutine<> acquire() {
    if (try_acquire()) co_return;
    Place place(*this);
    co_await place.permit;
    place.taken = true;
  }

  /// Gives a permit back, or one more.
  void release() {
    if (waiting_.empty()) {
      ++permits_;
      return;
    }
    Future<>* const first = waiting_.front();
    waiting_.pop_front();
    first->set_result();
  }

  std::size_t permits() const { return permits_; }

 private:
  // A place in the queue. Whoever leaves without the permit, cancelled or dropped, leaves the
  // queue; a permit that was handed to it by then goes to the next.
  struct Place {
    explicit Place(Semaphore& semaphore)
        : semaphore(semaphore),
          here(semaphore.waiting_.insert(semaphore.waiting_.end(), &permit)) {}
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() {
      if (taken) return;
      if (permit.done()) {
        semaphore.release();
      } else {
        semaphore.waiting_.erase(here);
      }
    }
    Semaphore& semaphore;
    Future<> permit;
    bool taken = false;
    std::list<Future<>*>::iterator here;
  };

  std::size_t permits_;
  std::list<Future<>*> waiting_;
};

}  // namespace stage5
