// Keeps callbacks for later, ordered by time: the timers of every event loop.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "common/net/clock.h"

namespace common {

class TimerQueue;

/// Stands for one callback in a TimerQueue. Destroying the Timer, or assigning another one to it,
/// cancels the callback. So keep the Timer as a member of the object that the callback is about:
/// the callback then never runs after that object is gone.
///
/// ```cpp
/// struct Connection {
///   Timer deadline;
/// };
/// TimerQueue timers;
/// {
///   Connection connection;
///   const TimePoint when = later(Clock::now(), std::chrono::seconds(30));
///   connection.deadline = timers.call_at(when, [&] { std::puts("too late"); });
/// }  // cancelled here
/// ```
///
/// The TimerQueue must outlive the Timer. A Timer whose callback has run, or that was moved from,
/// is empty and does nothing.
class [[nodiscard]] Timer {
 public:
  Timer() = default;  ///< Nothing is due.
  Timer(Timer&& other) noexcept
      : queue_(std::exchange(other.queue_, nullptr)), slot_(other.slot_), id_(other.id_) {}
  Timer& operator=(Timer&& other) noexcept;
  ~Timer() { cancel(); }

  /// Destroys the callback without calling it. Does nothing if the callback has been called.
  void cancel() noexcept;

 private:
  friend class TimerQueue;
  Timer(TimerQueue& queue, std::uint32_t slot, std::uint64_t id)
      : queue_(&queue), slot_(slot), id_(id) {}

  TimerQueue* queue_ = nullptr;
  std::uint32_t slot_ = 0;
  std::uint64_t id_ = 0;
};

/// Keeps callbacks in a heap, the earliest at the top, so adding and cancelling cost O(log n). Each
/// event loop owns one: it sleeps until `next_due` at most, and then calls `run_due`. The queue
/// has no thread and no clock of its own, so no callback runs unless `run_due` is called.
///
/// ```cpp
/// TimerQueue timers;
/// const TimePoint now = Clock::now();
/// const Timer timer = timers.call_at(now, [] { std::puts("due"); });
/// while (!timers.empty()) {
///   std::this_thread::sleep_until(*timers.next_due());
///   timers.run_due(Clock::now());
/// }
/// ```
///
/// Not thread-safe.
class TimerQueue {
 public:
  /// Takes no arguments. It may destroy or assign to the Timer that it belongs to.
  using Callback = std::function<void()>;

  TimerQueue() = default;
  TimerQueue(const TimerQueue&) = delete;
  TimerQueue& operator=(const TimerQueue&) = delete;
  ~TimerQueue();

  /// Has `run_due` call `callback` once, when `when` has come. Keep the Timer: if it is destroyed
  /// at the end of the statement, so is the callback. Callbacks of the same time are called in the
  /// order in which they were added.
  Timer call_at(TimePoint when, Callback callback);

  /// Returns when the next callback is due, or nothing if there is none. Inside a callback, the
  /// ones that the same `run_due` has yet to call do not count any more.
  std::optional<TimePoint> next_due() const;

  /// Passes each callback that is due at `now` to `call`, in order of time. `call` calls it and
  /// must catch what it throws, because an exception would end this `run_due`. A callback may add
  /// and cancel timers. One that it adds is called by the next `run_due` at the earliest; one that
  /// it cancels is not called, even if it was due in this one
  /// (see tests/common/net_timer_queue_test.cpp).
  void run_due(TimePoint now, const auto& call) {
    // Takes all that is due out of the heap first, so that what the callbacks add waits for the
    // next run. Each keeps its slot until it is called, so it can still be cancelled.
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
  /// Calls what is due at `now`, for callbacks that do not throw.
  void run_due(TimePoint now) {
    run_due(now, [](const Callback& callback) { callback(); });
  }

  bool empty() const noexcept { return heap_.empty(); }

 private:
  friend class Timer;
  /// Says when a slot's callback is due. It is small, because the heap moves it around.
  struct Entry {
    TimePoint when;
    std::uint64_t id;  // counts up, so it also says which of two was added first
    std::uint32_t slot;
    bool before(const Entry& other) const noexcept {
      return when != other.when ? when < other.when : id < other.id;
    }
  };
  /// Holds one callback. It stays where it is, and is used again after its callback was called.
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
  std::vector<Entry> due_;  // empty; keeps its memory between two calls of run_due
  std::uint64_t added_ = 0;
};

}  // namespace common
