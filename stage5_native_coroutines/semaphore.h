// Shows: tasks that wait for one another without a lock (§4.6): a task is interrupted only where it
// says `co_await`. New in this stage.
#pragma once

#include <cstddef>
#include <list>

#include "future.h"
#include "task.h"

namespace stage5 {

/// A number of permits. Who waits longest gets the next one, and nobody who comes later gets one
/// sooner, not even of several that are free: also who was given one waits for its turn of the
/// loop. Must outlive those who wait.
class Semaphore {
 public:
  explicit Semaphore(std::size_t permits) : permits_(permits) {}

  /// Takes a permit. False if none is free, or others who came before have yet to go on.
  bool try_acquire() {
    if (permits_ == 0 || given_ > 0) return false;
    --permits_;
    return true;
  }

  /// Waits for a permit and takes it.
  Coroutine<> acquire() {
    if (try_acquire()) co_return;
    Request request(*this);
    co_await request.permit;
    request.taken = true;
  }

  /// Gives a permit back, or one more.
  void release() {
    ++permits_;
    give();
  }

  std::size_t permits() const { return permits_; }

 private:
  // One who waits. Whoever leaves without the permit, cancelled or dropped, leaves the queue; a
  // permit that was given to it by then goes to the next.
  struct Request {
    explicit Request(Semaphore& semaphore)
        : semaphore(semaphore),
          here(semaphore.waiting_.insert(semaphore.waiting_.end(), &permit)) {}
    Request(const Request&) = delete;
    Request& operator=(const Request&) = delete;
    ~Request() {
      if (!permit.done()) {
        semaphore.waiting_.erase(here);
        return;
      }
      --semaphore.given_;
      if (!taken) ++semaphore.permits_;
      semaphore.give();  // those who came meanwhile had to wait for this one
    }
    Semaphore& semaphore;
    Future<> permit;
    bool taken = false;
    std::list<Future<>*>::iterator here;
  };

  void give() {
    while (permits_ > 0 && !waiting_.empty()) {
      Future<>* const first = waiting_.front();
      waiting_.pop_front();
      --permits_;
      ++given_;
      first->set_result();
    }
  }

  std::size_t permits_;
  std::size_t given_ = 0;  // permits whose owners have yet to go on
  std::list<Future<>*> waiting_;
};

}  // namespace stage5
