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

/// Waits for all that is registered and calls whoever is ready. For one thread.
class EventLoop {
 public:
  using Callback = std::function<void()>;  ///< Told nothing: who is called knows what for.

  /// Throws `std::system_error` if the kernel refuses the selector.
  explicit EventLoop(common::Selector::Kind kind = common::Selector::default_kind());
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// Drops what is still pending: the tasks first, the youngest before the others.
  ~EventLoop();

  /// Calls `callback` in every turn that finds `fd` ready for one of `events`, until
  /// `unregister_fd`, which goes before `fd` is closed. A callback may register and unregister
  /// whatever it likes, itself too. `std::logic_error` if `fd` is registered already, or is not.
  void register_fd(int fd, common::Events events, Callback callback,
                   std::source_location by = std::source_location::current());
  void unregister_fd(int fd, std::source_location by = std::source_location::current());

  /// Waits for a descriptor as long as it is open, not as long as a wait lasts: a Socket.
  class Watcher {
   public:
    /// The descriptor has become ready for `events`.
    virtual void on_ready(common::Events events) = 0;

   protected:
    ~Watcher() = default;
  };

  /// Before each wait: has `watcher` told when `fd` is ready for one of `events`, as
  /// `Selector::watch` says it. `forget` goes before the descriptor is closed.
  void watch(int fd, common::Events events, Watcher& watcher);
  void forget(int fd);

  /// Room for what one `recv` takes: the same for everyone, so whatever is in it is to be used up
  /// before anybody waits.
  std::span<char> receive_buffer() { return receive_buffer_; }

  /// Names something that is due soon. A plain value: dropping it cancels nothing.
  class Handle;

  /// Calls `callback` once, in the next turn. First in, first out, together with the tasks.
  Handle call_soon(Callback callback, std::source_location by = std::source_location::current());

  /// Calls `callback` once, in a turn after `when` (`call_later`: after `delay`, counted from now),
  /// unless the Timer is cancelled or gone by then. The loop must outlive the Timer.
  common::Timer call_at(common::TimePoint when, Callback callback,
                        std::source_location by = std::source_location::current());
  common::Timer call_later(common::Duration delay, Callback callback,
                           std::source_location by = std::source_location::current());

  /// Turns until `stop`, or until nothing is left that could call anything. A turn calls what is
  /// due soon, then timers, then asks who is ready and calls those. What these ask for waits for
  /// the next turn: so nobody starves. A timer is due if its time had come when the loop last
  /// asked: so what had arrived by then comes before it, however long the loop was held up. What a
  /// callback throws is printed and ends nothing: the loop serves the others, too. Throws
  /// `std::logic_error` if it runs already, `std::system_error` if the selector fails.
  void run();

  /// Ends `run` with this turn.
  void stop() { stopped_ = true; }

  /// Whether a task that holds the others up, for 100 ms or more, is named on stderr.
  void set_debug(bool debug) { debug_ = debug; }

  const common::SelectorCounts& counts() const { return selector_->counts(); }

  /// All tasks that were not dropped yet, the youngest first; each knows its `older()`.
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
  common::TimePoint asked_ = common::TimePoint::min();  // when it last looked who is ready
  TaskBase* tasks_ = nullptr;                           // the youngest
  std::size_t tasks_made_ = 0;
  bool running_ = false;
  bool stopped_ = false;
  bool debug_ = false;
};

class EventLoop::Handle {
 public:
  Handle() = default;

  /// It is not called any more, if it was not yet. The loop must still be there.
  void cancel() {
    if (loop_ != nullptr) loop_->soon_.cancel(id_);
  }

 private:
  friend class EventLoop;
  Handle(EventLoop& loop, SoonQueue::Id id) : loop_(&loop), id_(id) {}

  EventLoop* loop_ = nullptr;
  SoonQueue::Id id_ = 0;
};

/// `fd` is registered for as long as this lives: whatever ends a wait, an exception too,
/// unregisters it. Neither the loop nor the descriptor may go before.
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
