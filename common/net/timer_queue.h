// Callbacks for later, in order of time: the timers of every event loop.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "common/net/clock.h"

namespace common {

class TimerQueue;

/// One callback that is due later. It is cancelled when its Timer is destroyed or assigned to, so a
/// timer never outlives what it was set for. The TimerQueue must outlive it.
class [[nodiscard]] Timer {
 public:
  Timer() = default;  ///< Nothing is due.
  Timer(Timer&& other) noexcept
      : queue_(std::exchange(other.queue_, nullptr)), slot_(other.slot_), id_(other.id_) {}
  Timer& operator=(Timer&& other) noexcept;
  ~Timer() { cancel(); }

  /// Drops the callback, unless it was called already.
  void cancel() noexcept;

 private:
  friend class TimerQueue;
  Timer(TimerQueue& queue, std::uint32_t slot, std::uint64_t id)
      : queue_(&queue), slot_(slot), id_(id) {}

  TimerQueue* queue_ = nullptr;
  std::uint32_t slot_ = 0;
  std::uint64_t id_ = 0;
};

/// A heap of callbacks. Adding and cancelling cost O(log n). For one thread.
class TimerQueue {
 public:
  /// May destroy the Timer that it was set with.
  using Callback = std::function<void()>;

  TimerQueue() = default;
  TimerQueue(const TimerQueue&) = delete;
  TimerQueue& operator=(const TimerQueue&) = delete;
  ~TimerQueue();

  /// Calls `callback` from `run_due`, once, when `when` has come. Those of the same time are called
  /// first in, first out.
  Timer call_at(TimePoint when, Callback callback);

  /// When the next callback is due; nothing if there is none. What `run_due` is about to call does
  /// not count any more.
  std::optional<TimePoint> next_due() const;

  /// Hands what is due at `now` to `call`, one callback after another, which calls it and catches
  /// what it throws. A callback may add and cancel timers; what it adds waits for the next call of
  /// `run_due`.
  void run_due(TimePoint now, const auto& call) {
    // All that is due leaves the heap first, so that what the callbacks add waits for its turn. The
    // slots stay theirs: until its turn has come, each can still be cancelled.
    std::vector<Entry> due = std::move(due_);
    due.clear();
    while (!heap_.empty() && heap_.front().when <= now) due.push_back(remove(0));
    for (const Entry& entry : due) {
      if (slots_[entry.slot].id != entry.id) continue;  // cancelled by a callback before it
      const Callback callback = release(entry.slot);
      call(callback);
    }
    due_ = std::move(due);
  }
  /// The same for callbacks that do not throw.
  void run_due(TimePoint now) {
    run_due(now, [](const Callback& callback) { callback(); });
  }

  bool empty() const noexcept { return heap_.empty(); }

 private:
  friend class Timer;
  /// What is due when, small enough to be moved around in the heap.
  struct Entry {
    TimePoint when;
    std::uint64_t id;  // counts up, so that it also tells who came first
    std::uint32_t slot;
    bool before(const Entry& other) const noexcept {
      return when != other.when ? when < other.when : id < other.id;
    }
  };
  /// Stays where it is; used again once its timer is spent.
  struct Slot {
    Callback callback;
    std::size_t position = 0;  // in heap_, or not_in_heap
    std::uint64_t id = 0;      // 0: free
  };
  static constexpr std::size_t not_in_heap = static_cast<std::size_t>(-1);

  void cancel(std::uint32_t slot, std::uint64_t id) noexcept;
  Callback release(std::uint32_t slot) noexcept;
  void push(Entry entry) noexcept;
  Entry remove(std::size_t position) noexcept;
  void place(std::size_t position, Entry entry) noexcept;
  void sift_up(std::size_t position, Entry entry) noexcept;
  void sift_down(std::size_t position, Entry entry) noexcept;

  std::vector<Entry> heap_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::vector<Entry> due_;  // only keeps its memory between two calls of run_due
  std::uint64_t added_ = 0;
};

}  // namespace common
