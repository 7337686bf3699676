// Shows: a loop that is a mere heart (§4.4.4, fig. 12): it calls back whoever registered and tells
// it nothing. Since stage 2: `callback()` where `callback(key, mask)` was; a Registration, which
// ends by itself, is new.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <source_location>
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/net/selector.h"
#include "common/net/timer_queue.h"

namespace stage3 {

/// The article's `selector` and `loop()`: waits for all that is registered and calls whoever is
/// ready. For one thread.
class EventLoop {
 public:
  /// Told nothing: who is called knows what for (§4.4.4).
  using Callback = std::function<void()>;

  /// Throws `std::system_error` if the kernel refuses the selector.
  explicit EventLoop(common::Selector::Kind kind = common::Selector::default_kind());
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// Drops what is still pending, and all that it owns.
  ~EventLoop();

  /// Calls `callback` in every turn that finds `fd` ready for one of `events`, until
  /// `unregister_fd`, which goes before `fd` is closed. A callback may register and unregister
  /// whatever it likes, itself too. `std::logic_error` if `fd` is registered already, or is not.
  void register_fd(int fd, common::Events events, Callback callback,
                   std::source_location by = std::source_location::current());
  void unregister_fd(int fd, std::source_location by = std::source_location::current());

  /// Calls `callback` once, in the next turn. First in, first out.
  void call_soon(Callback callback, std::source_location by = std::source_location::current());

  /// Calls `callback` once, in a turn after `when`, unless the Timer is gone by then. The loop
  /// must outlive the Timer.
  common::Timer call_at(common::TimePoint when, Callback callback,
                        std::source_location by = std::source_location::current());

  /// Turns until `stop`, or until nothing is left that could call anything. A turn calls what is
  /// due soon, then timers, then asks who is ready and calls those. What these ask for waits for
  /// the next turn: so nobody starves. A timer is due if its time had come when the loop last
  /// asked: so what had arrived by then comes before it, however long the loop was held up. What a
  /// callback throws is printed and ends nothing: the loop serves the others, too.
  /// Throws `std::logic_error` if it runs already, `std::system_error` if the selector fails.
  void run();

  /// Ends `run` with this turn.
  void stop() { stopped_ = true; }

  const common::SelectorCounts& counts() const { return selector_->counts(); }

 private:
  std::optional<common::Duration> time_to_wait() const;

  std::unique_ptr<common::Selector> selector_;
  std::unordered_map<common::Selector::Id, std::shared_ptr<Callback>> callbacks_;
  std::vector<Callback> soon_;
  common::TimerQueue timers_;
  common::TimePoint asked_ = common::TimePoint::min();  // when it last looked who is ready
  bool running_ = false;
  bool stopped_ = false;
};

/// `fd` is registered for as long as this lives: whoever owns it unregisters by destroying it, on
/// its way out by an exception too. Neither the loop nor the descriptor may go before.
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

}  // namespace stage3
