// Shows: tasks that wait for one another without a lock (§4.6): a task is interrupted only where it
// says `co_await`. New in this stage.
#pragma once

#include <cstddef>
#include <list>

#include "future.h"
#include "task.h"

namespace stage5 {

/// A number of permits that coroutines take and give back, to limit how many do something at the
/// same time.
///
/// ```cpp file
/// Coroutine<> one_of_few(Semaphore* limit) {
///   co_await limit->acquire();
///   std::puts("no more of these at the same time than there are permits");
///   limit->release();
/// }
/// ```
///
/// It is fair: the coroutine that has waited longest gets the next permit, and a later one never
/// overtakes it. That holds even between the moment when a permit is handed to a coroutine and the
/// turn in which that coroutine goes on (SemaphoreTest reaches that moment). The Semaphore must
/// outlive every coroutine that waits for it. Not thread-safe.
class Semaphore {
 public:
  explicit Semaphore(std::size_t permits) : permits_(permits) {}

  /// Takes a permit without waiting. Returns false if none is free, or if a coroutine that came
  /// earlier was handed one and has not gone on yet.
  bool try_acquire() {
    if (permits_ == 0 || given_ > 0) return false;
    --permits_;
    return true;
  }

  /// Waits for a permit and takes it. A cancel ends the wait and takes none.
  Coroutine<> acquire() {
    if (try_acquire()) co_return;
    Request request(*this);
    co_await request.permit;
    request.taken = true;
  }

  /// Gives a permit back, or adds one.
  void release() {
    ++permits_;
    give();
  }

  std::size_t permits() const { return permits_; }

 private:
  // One coroutine's wait, a local of `acquire`. If the coroutine is cancelled or destroyed, the
  // destructor takes it out of the queue, and a permit that was already handed to it goes to the
  // next.
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
      semaphore.give();  // coroutines that came meanwhile had to wait for this one
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
  std::size_t given_ = 0;  // permits that were handed out to coroutines that have not gone on yet
  std::list<Future<>*> waiting_;
};

}  // namespace stage5
