// Shows: what happens at a `co_await` that has to wait, and nothing else (§4.4.1, §5): a task says
// for whom it waits, and is woken. Future, Task and all of §4.6's tools stand on it.
#pragma once

#include <coroutine>
#include <source_location>

#include "common/trace/place.h"
#include "common/trace/trace.h"
#include "task_base.h"

namespace stage5 {

/// Coroutines that wait for the same thing, in the order in which they came. If it goes while they
/// wait, a CancelledError is thrown there, though nobody asked their tasks to cancel.
class WaitList {
  // A ring: the list's own link comes before the first of those who wait, and after the last.
  struct Link {
    Link* next;      // the one that comes after this
    Link* previous;  // null if this is in no list
  };

 public:
  WaitList() = default;
  WaitList(const WaitList&) = delete;
  WaitList& operator=(const WaitList&) = delete;
  ~WaitList() {
    while (!empty()) {
      Wait& wait = first();
      wait.leave();
      wait.task_->set_awaits(nullptr);  // the Task that goes, if the list is one's
      wait.task_->abandon();
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
      static_cast<Wait&>(*link).task_->wake();
    }
  }

  /// The one that has waited longest goes on in the loop's next turn. False if nobody waits.
  bool wake_first() {
    if (empty()) return false;
    Wait& wait = first();
    wait.leave();
    wait.task_->wake();
    return true;
  }

  /// `co_await list`: until woken; or throws CancelledError.
  auto operator co_await() { return Wait(*this); }

  /// One wait of a coroutine, kept in its frame for as long as that lasts. Whatever ends the wait
  /// destroys it, and so leaves the list.
  class Wait : private Link {
   public:
    /// Not in the list yet, but `next` is what will come after it there: the end.
    explicit Wait(WaitList& list) : Link{&list.ends_, nullptr} {}
    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;
    ~Wait() { leave(); }

    bool await_ready() const { return false; }

    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> coroutine,
                       std::source_location where = std::source_location::current()) {
      common::trace::line(
          {"await", {{"task", &current_task()}, {"object", &coroutine.promise()}}, &where},
          "co_await in ", common::trace::Place(where), " → the loop");
      coroutine.promise().where = where;
      task_ = &current_task();
      previous = next->previous;
      previous->next = next->previous = this;
    }

    void await_resume() {
      leave();
      if (task_ != nullptr) task_->throw_if_cancelled();
    }

   protected:
    TaskBase* task_ = nullptr;  ///< Null if it did not have to wait.

   private:
    friend class WaitList;
    void leave() {
      if (previous == nullptr) return;
      previous->next = next;
      next->previous = previous;
      previous = nullptr;
    }
  };

 private:
  Wait& first() { return static_cast<Wait&>(*ends_.next); }

  Link ends_{&ends_, &ends_};
};

}  // namespace stage5
