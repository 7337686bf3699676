// Shows: what happens at a `co_await` that has to wait, and nothing else (§4.4.1, §5). Future, Task
// and all of §4.6's tools are built on it.
#pragma once

#include <coroutine>
#include <source_location>

#include "common/trace/place.h"
#include "common/trace/trace.h"
#include "task_base.h"

namespace stage5 {

/// The coroutines that wait for one thing, in the order in which they began to wait. Whatever can
/// be waited for has a WaitList as a member: a Future, a Task, an Event, a Socket.
///
/// ```cpp file
/// #include "coroutine.h"
///
/// struct Door {
///   void open() { waiting.wake_all(); }  // all go on in the loop's next turn
///   WaitList waiting;
/// };
/// Coroutine<> walk_through(Door* door) { co_await door->waiting; }
/// ```
///
/// `co_await list` suspends the coroutine until something wakes it. The wait is an object in the
/// coroutine's frame, so waiting allocates nothing. Waking resumes nothing at once either: it asks
/// the task to be stepped in the loop's next turn, and the task resumes its innermost coroutine
/// then.
///
/// A wait ends in one of three ways. If it is woken, `co_await` returns. If its task is cancelled,
/// or if the list is destroyed first, `co_await` throws CancelledError. If the coroutine is
/// destroyed, the wait leaves the list and nothing is thrown. Not thread-safe: everything happens
/// in the loop's thread.
class WaitList {
  // A ring: the list's own link stands before the first wait and after the last one.
  struct Link {
    Link* next;      // the link after this one
    Link* previous;  // null if this link is in no list
  };

 public:
  WaitList() = default;
  WaitList(const WaitList&) = delete;
  WaitList& operator=(const WaitList&) = delete;
  ~WaitList() {
    while (!empty()) {
      Wait& wait = first();
      wait.leave();
      wait.task_->set_awaits(nullptr);  // if this list is a Task's: it is being destroyed
      wait.task_->abandon();
    }
  }

  bool empty() const { return ends_.next == &ends_; }

  /// Wakes all of them, in the order in which they began to wait, and empties the list.
  void wake_all() {
    while (wake_first()) continue;
  }

  /// Wakes all of them, but keeps each in the list until its coroutine is resumed. A Future needs
  /// that: its waiters read the result when they are resumed. If the Future is destroyed before
  /// then, the list still knows them and cancels them.
  void wake_all_in_place() {
    for (Link* link = ends_.next; link != &ends_; link = link->next) {
      static_cast<Wait&>(*link).task_->wake();
    }
  }

  /// Wakes the coroutine that has waited longest, and takes it out of the list. Returns false if
  /// the list is empty.
  bool wake_first() {
    if (empty()) return false;
    Wait& wait = first();
    wait.leave();
    wait.task_->wake();
    return true;
  }

  /// Makes `co_await list` wait until the coroutine is woken. Throws CancelledError there if the
  /// task is cancelled or the list is destroyed.
  auto operator co_await() { return Wait(*this); }

  /// One wait of one coroutine. The compiler keeps it in the coroutine's frame while the `co_await`
  /// lasts. Its destructor leaves the list, however the wait ends.
  class Wait : private Link {
   public:
    /// Does not enter the list yet. `next` already holds the link that will come after it, which is
    /// the list's end.
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
    TaskBase* task_ = nullptr;  ///< The task that waits; null if it did not have to.

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
