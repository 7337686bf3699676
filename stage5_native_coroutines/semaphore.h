// Shows: tasks that wait for one another without a lock (§4.6): a task is interrupted only where it
// says `co_await`. New in this stage.
#pragma once

#include <cstddef>
#include <list>

#include "future.h"
#include "task.h"

namespace stage5 {

/// A number of permits. Who waits longest gets the next one. Must outlive those who wait.
class Semaphore {
 public:
  explicit Semaphore(std::size_t permits) : permits_(permits) {}

  /// Waits for a permit and takes it. One that was handed over to a coroutine into which an error
  /// is thrown is passed on.
  Coroutine<> acquire() {
    if (permits_ > 0) {
      --permits_;
      co_return;
    }
    Future<> permit;
    const auto place = waiting_.insert(waiting_.end(), &permit);
    try {
      co_await permit;
    } catch (...) {
      if (permit.done()) {
        release();
      } else {
        waiting_.erase(place);
      }
      throw;
    }
  }

  /// Gives a permit back, or one more.
  void release() {
    if (waiting_.empty()) {
      ++permits_;
      return;
    }
    Future<>* first = waiting_.front();
    waiting_.pop_front();
    first->set_result();
  }

 private:
  std::size_t permits_;
  std::list<Future<>*> waiting_;
};

}  // namespace stage5
