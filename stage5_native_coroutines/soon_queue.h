// Shows: fair turns (§4.6). Whatever a turn asks for waits for the next one, so that nobody who
// always has something to do can keep the others out. New in this stage: stage 4 swaps a vector.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "recycling.h"

namespace stage5 {

class TaskBase;

/// What is due soon, tasks and callbacks in one queue: first in, first out, once each.
class SoonQueue {
 public:
  using Callback = std::function<void()>;  ///< Told nothing.
  /// A task or a callback; neither if it was cancelled.
  struct Entry {
    TaskBase* task = nullptr;  ///< Not owned: whoever drops it calls `cancel`.
    RecycledPtr<Callback> callback = nullptr;
  };

  /// Names an entry; never used twice, never 0.
  using Id = std::uint64_t;

  /// For the next turn, even if one is under way.
  Id add(Entry entry) {
    next_.push_back(std::move(entry));
    return first_ + next_.size() - 1;
  }

  /// It is not run any more, if it was not yet.
  void cancel(Id id) {
    auto& queue = id >= first_ ? next_ : turn_;
    const Id first = id >= first_ ? first_ : first_ - turn_.size();
    // What is older was run in a turn before.
    if (id >= first) std::exchange(queue[static_cast<std::size_t>(id - first)], Entry());
  }

  bool empty() const { return next_.empty(); }

  /// Calls `run` for each entry that is there now; it may add and cancel others.
  void run_turn(const auto& run) {
    turn_.swap(next_);
    first_ += turn_.size();
    for (auto& entry : turn_) run(std::exchange(entry, Entry()));
    turn_.clear();
  }

 private:
  std::vector<Entry> next_;  // for the next turn; their ids count up from first_
  std::vector<Entry> turn_;  // of this turn; their ids go before
  Id first_ = 1;
};

}  // namespace stage5
