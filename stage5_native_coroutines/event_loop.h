// Shows: a loop that runs tasks (§4.4.4, §5). Since stage 4: what is due soon may be a task, to be
// resumed, as well as a callback, and can be cancelled; turns are fair to the letter.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <source_location>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/net/selector.h"
#include "common/net/timer_queue.h"
#include "soon_queue.h"

namespace stage5 {

/// Waits for everything that is registered with it, calls callbacks, and steps tasks.
///
/// ```cpp file
/// void tick_twice() {
///   EventLoop loop;
///   const auto timer = loop.call_later(std::chrono::milliseconds(5), [] { std::puts("later"); });
///   loop.call_soon([] { std::puts("soon"); });
///   loop.run();  // returns when nothing is left that could call anything
/// }
/// ```
///
/// A round of `run` is a *turn*. It calls what is due soon (callbacks and steps of tasks, first in,
/// first out), then the timers that are due, then asks the selector which descriptors are ready and
/// calls their callbacks. Whatever these ask for waits for the next turn. The loop never resumes a
/// coroutine itself: it steps a task, and the task resumes its innermost coroutine.
///
/// The loop must outlive its timers and registrations. Tasks may outlive it: those that are pending
/// when it is destroyed are destroyed where they wait. Not thread-safe: use it from one thread.
class EventLoop {
 public:
  using Callback = std::function<void()>;  ///< Gets no arguments: it knows what it was made for.

  /// Throws `std::system_error` if the kernel refuses the selector.
  explicit EventLoop(common::Selector::Kind kind = common::Selector::default_kind());
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// Destroys the coroutines of all tasks that are still pending, the youngest task first. Then
  /// drops what is due soon and the timers, without calling them.
  ~EventLoop();

  /// Calls `callback` in every turn that finds `fd` ready for one of `events`, until
  /// `unregister_fd`. Unregister `fd` before you close it. A callback may register and unregister
  /// any descriptor, its own too. Throws `std::logic_error` if `fd` is already registered, or, for
  /// `unregister_fd`, if it is not.
  void register_fd(int fd, common::Events events, Callback callback,
                   std::source_location by = std::source_location::current());
  void unregister_fd(int fd, std::source_location by = std::source_location::current());

  /// Is told about one descriptor for as long as that is open, over many waits. A Socket is one.
  class Watcher {
   public:
    /// Called by the loop: the descriptor has become ready for `events`.
    virtual void on_ready(common::Events events) = 0;

   protected:
    ~Watcher() = default;
  };

  /// Asks the loop to tell `watcher` once `fd` is ready for one of `events`. Call it before each
  /// wait; `Selector::watch` says when that costs a system call. Call `forget` before you close
  /// the descriptor.
  void watch(int fd, common::Events events, Watcher& watcher);
  void forget(int fd);

  /// Room for what one `recv` takes, shared by all sockets of this loop. Use up what is in it
  /// before the coroutine waits again: another socket may write over it then.
  std::span<char> receive_buffer() { return receive_buffer_; }

  /// Names a callback that is due soon. A plain value: destroying it cancels nothing.
  class Handle;

  /// Calls `callback` once, in the next turn, in the order of asking. Tasks that are due stand in
  /// the same queue.
  Handle call_soon(Callback callback, std::source_location by = std::source_location::current());

  /// Calls `callback` once, in a turn after `when` (`call_later`: after `delay`, counted from now),
  /// unless the Timer is cancelled or destroyed before. The loop must outlive the Timer.
  common::Timer call_at(common::TimePoint when, Callback callback,
                        std::source_location by = std::source_location::current());
  common::Timer call_later(common::Duration delay, Callback callback,
                           std::source_location by = std::source_location::current());

  /// Turns until `stop`, or until nothing is left that could call anything. A timer is due if its
  /// time had come when the loop last asked the selector, so bytes that had arrived by then are
  /// handled before it, however long the loop was held up. An exception that leaves a callback is
  /// printed and ends nothing, since the loop serves others as well. Throws `std::logic_error` if
  /// the loop is already running, and `std::system_error` if the selector fails.
  void run();

  /// Ends `run` after this turn.
  void stop() { stopped_ = true; }

  /// Sets whether a task that keeps all others waiting for 100 ms or more is named on stderr.
  void set_debug(bool debug) { debug_ = debug; }

  const common::SelectorCounts& counts() const { return selector_->counts(); }

  /// Returns the youngest task that has not been destroyed, or null. Each knows its `older()`.
  TaskBase* youngest_task() const { return tasks_; }

 private:
  friend class TaskBase;

  struct Watched {
    common::Selector::Id id = 0;  // 0: not watched
    Watcher* watcher = nullptr;
  };

  void run_soon(const SoonQueue::Entry& entry) const;
  void tell(const common::Selector::Ready& ready);
  bool nothing_is_left() const;
  void step(TaskBase& task) const;
  std::optional<common::Duration> time_to_wait() const;

  std::unique_ptr<common::Selector> selector_;
  std::unordered_map<common::Selector::Id, std::shared_ptr<Callback>> callbacks_;
  std::vector<Watched> watched_;  // by descriptor
  std::size_t watched_count_ = 0;
  std::vector<char> receive_buffer_;
  SoonQueue soon_;
  common::TimerQueue timers_;
  common::TimePoint asked_ = common::TimePoint::min();  // when it last asked the selector
  TaskBase* tasks_ = nullptr;                           // the youngest
  std::size_t tasks_made_ = 0;
  bool running_ = false;
  bool stopped_ = false;
  bool debug_ = false;
};

class EventLoop::Handle {
 public:
  Handle() = default;

  /// Makes sure that the callback is not called, if it has not been called yet. The loop must still
  /// exist.
  void cancel() {
    if (loop_ != nullptr) loop_->soon_.cancel(id_);
  }

 private:
  friend class EventLoop;
  Handle(EventLoop& loop, SoonQueue::Id id) : loop_(&loop), id_(id) {}

  EventLoop* loop_ = nullptr;
  SoonQueue::Id id_ = 0;
};

/// Keeps `fd` registered for as long as it lives. However the scope around it ends, by an exception
/// too, the destructor unregisters the descriptor. The loop and the descriptor must outlive it.
class Registration {
 public:
  Registration(EventLoop& loop, int fd, common::Events events, EventLoop::Callback callback,
               std::source_location by = std::source_location::current())
      : loop_(loop), fd_(fd) {
    loop_.register_fd(fd, events, std::move(callback), by);
  }
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;
  ~Registration() { loop_.unregister_fd(fd_); }

 private:
  EventLoop& loop_;
  const int fd_;
};

}  // namespace stage5
