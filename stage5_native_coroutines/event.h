// Shows: tasks that wait until something has happened (§4.6). New in this stage.
#pragma once

#include "coroutine.h"
#include "wait_list.h"

namespace stage5 {

/// Has happened or has not. Should outlive those who wait, who are cancelled otherwise.
class Event {
 public:
  bool is_set() const { return set_; }

  /// All who wait go on in the loop's next turn; nobody waits until `clear`.
  void set() {
    set_ = true;
    waiting_.wake_all();
  }

  /// Has not happened any more. Whom `set` woke goes on all the same.
  void clear() { set_ = false; }

  /// Waits until `set`; not at all if that has happened.
  Coroutine<> wait() {
    if (!set_) co_await waiting_;
  }

 private:
  bool set_ = false;
  WaitList waiting_;
};

}  // namespace stage5
