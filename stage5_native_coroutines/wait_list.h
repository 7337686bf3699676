// Shows: what happens at a `co_await` that has to wait, and nothing else (§4.4.1, §5): a task says
// for whom it waits, and is woken. Future, Task and all of §4.6's tools stand on it.
#pragma once

#include <coroutine>
#include <source_location>

#include "common/trace/place.h"
#include "common/trace/trace.h"
#include "errors.h"
#include "task_base.h"

namespace stage5 {

/// Coroutines that wait for the same thing, in the order in which they came. If it goes while they
/// wait, a CancelledError is thrown there, though nobody asked their tasks to cancel.
class WaitList {
  // A ring: the list's own link comes before the first of those who wait, and after the last.
  struct Link {
    Link* next;
    Link* previous;
  };

 public:
  WaitList() = default;
  WaitList(const WaitList&) = delete;
  WaitList& operator=(const WaitList&) = delete;
  ~WaitList() {
    while (!empty()) {
      Place& place = first();
      place.leave();
      place.next = nullptr;
      place.task_->set_awaits(nullptr);  // the Task that goes, if the list is one's
      place.task_->wake();
    }
  }

  bool empty() const { return ends_.next == &ends_; }

  /// Each goes on in the loop's next turn, the longest waiting first.
  void wake_all() {
    while (wake_first()) continue;
  }

  /// The same, but each stays in the list until it goes on: for a list that belongs to what they
  /// will look at then.
  void wake_all_in_place() {
    for (Link* link = ends_.next; link != &ends_; link = link->next) {
      static_cast<Place&>(*link).task_->wake();
    }
  }

  /// The one that has waited longest goes on in the loop's next turn. False if nobody waits.
  bool wake_first() {
    if (empty()) return false;
    Place& place = first();
    place.leave();
    place.task_->wake();
    return true;
  }

  /// `co_await list`: until woken; or throws CancelledError.
  auto operator co_await() { return Place(*this); }

  /// A coroutine's place in the list, kept in its frame for as long as it waits. Whatever ends the
  /// wait destroys it, and so leaves the list.
  class Place : private Link {
   public:
    explicit Place(WaitList& list) : Link{&list.ends_, nullptr} {}
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() { leave(); }

    bool await_ready() const { return false; }

    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> coroutine,
                       std::source_location where = std::source_location::current()) {
      common::trace::line("co_await in ", common::trace::Place(where), " → the loop");
      coroutine.promise().where = where;
      task_ = &current_task();
      previous = next->previous;
      previous->next = next->previous = this;
    }

    void await_resume() {
      leave();
      if (task_ != nullptr) task_->throw_if_cancelled();
      if (next == nullptr) throw CancelledError();  // the list is gone
    }

   protected:
    TaskBase* task_ = nullptr;  ///< Null if it did not have to wait.

   private:
    friend class WaitList;
    void leave() {
      if (previous == nullptr) return;  // it is in no list, or no more
      previous->next = next;
      next->previous = previous;
      previous = nullptr;
    }
  };

 private:
  Place& first() { return static_cast<Place&>(*ends_.next); }

  Link ends_{&ends_, &ends_};
};

}  // namespace stage5
