// Shows: what every task waits for, and where (§4.6): `python -m asyncio pstree`, from inside. New
// in this stage.
#pragma once

#include <string>

#include "common/net/signal_wakeup.h"
#include "event_loop.h"

namespace stage5 {

/// The tasks of `loop` as a tree, a line each: its name and its state (one that is pending may be
/// due, in the next turn, or asked to cancel). Below it stand the coroutines that await one
/// another, outermost first, each with the `co_await` at which it waits; below the innermost the
/// tasks that it waits for: those of its group, or one that it awaits. What stands there already is
/// named and not told again; what stands very deep is told after the rest, at the margin. A task
/// whose frames are being destroyed is "going". For the loop's own thread.
std::string await_tree(const EventLoop& loop);

/// While this lives, SIGUSR1 has the tree printed on stderr, between two steps: as long as a task
/// computes, nothing is told. The loop must outlive it. Of several in one process, the first alone
/// is asked.
class AwaitTreeOnSignal {
 public:
  /// Throws `std::system_error` if there is no descriptor left.
  explicit AwaitTreeOnSignal(EventLoop& loop);

 private:
  common::SignalWakeup signal_;
  Registration registration_;
};

}  // namespace stage5
