// Shows: the loop of stage 3, unchanged, because the loop does not know how a machine is built
// (§4.5).
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

namespace stage4 {

/// Waits for many things at once in one thread, and calls the callback of each one that happens: a
/// descriptor becomes ready, or a point in time arrives. It is the article's `selector` and its
/// `loop()` in one object. A crawl owns one loop; its machines, Tasks and Registrations refer to
/// the loop, so it must outlive them.
///
/// ```cpp
/// EventLoop loop;
/// loop.register_fd(fd, common::event_read, [&] {
///   std::puts("there are bytes to read");
///   loop.unregister_fd(fd);  // otherwise the next turn calls this again, until the bytes are read
/// });
/// loop.run();  // returns when nothing is registered, queued or due any more
/// ```
///
/// The loop knows nothing of Futures, Tasks or machines. Every callback runs inside `run`, in the
/// thread that called `run`, and a callback that blocks holds up everything else. The loop is not
/// thread-safe: another thread may call none of its functions, `stop` and `call_soon` included.
/// Another thread wakes the loop by making a registered descriptor readable, as
/// `Frontier::wakeup_fd` does.
class EventLoop {
 public:
  /// Takes no arguments and returns nothing, because a callback already knows what it waits for
  /// (§4.4.4).
  using Callback = std::function<void()>;

  /// Makes a loop that waits with this kind of selector. Throws `std::system_error` if the kernel
  /// refuses it.
  explicit EventLoop(common::Selector::Kind kind = common::Selector::default_kind());
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// Destroys the pending callbacks without calling them, together with everything they own. What
  /// they own may include Timers and Registrations of this loop (see
  /// tests/contract/event_loop_test.cpp).
  ~EventLoop();

  /// Calls `callback` in every turn that finds `fd` ready for one of `events`, until
  /// `unregister_fd` ends that. It is level-triggered: as long as the callback leaves bytes unread,
  /// every turn calls it again. A callback may register and unregister any descriptor, its own
  /// included. If it unregisters another one that is ready in the same turn, that one is not called
  /// any more.
  ///
  /// The loop neither owns nor closes `fd`. Call `unregister_fd` before you close it; a
  /// Registration does that on every way out. `register_fd` throws `std::logic_error` if `fd` is
  /// registered already, `unregister_fd` if it is not.
  void register_fd(int fd, common::Events events, Callback callback,
                   std::source_location by = std::source_location::current());
  void unregister_fd(int fd, std::source_location by = std::source_location::current());

  /// Calls `callback` once, at the beginning of the next turn. Callbacks run in the order in which
  /// they were queued. One that is queued by another waits for the turn after that, so a callback
  /// that queues itself again and again does not starve the descriptors.
  void call_soon(Callback callback, std::source_location by = std::source_location::current());

  /// Calls `callback` once, in the first turn after `when`. The caller keeps the Timer that this
  /// returns: destroying it or assigning to it cancels the callback. The loop must outlive the
  /// Timer.
  common::Timer call_at(common::TimePoint when, Callback callback,
                        std::source_location by = std::source_location::current());

  /// Runs turn after turn until a callback calls `stop`, or until nothing is registered, queued or
  /// due any more. A turn has three parts: it calls what `call_soon` queued, then the timers that
  /// are due, and then it asks the selector which descriptors are ready and calls those.
  ///
  /// A timer counts as due if its time had come when the loop last *asked the selector*, not if it
  /// has come by now. The difference shows when the loop was held up past a deadline, for example
  /// because the process was stopped: the bytes that arrived meanwhile are delivered first, and
  /// only then does the deadline fire. tests/contract/held_up_test.cpp does that to every stage.
  ///
  /// If a callback throws, the error is printed on stderr and the loop goes on, because the code
  /// that left the callback has returned long ago and cannot catch anything.
  ///
  /// Throws `std::logic_error` if the loop is running already, and `std::system_error` if the
  /// selector fails.
  void run();

  /// Makes `run` return at the end of the current turn. The loop can run again afterwards.
  void stop() { stopped_ = true; }

  const common::SelectorCounts& counts() const { return selector_->counts(); }

 private:
  std::optional<common::Duration> time_to_wait() const;

  std::unique_ptr<common::Selector> selector_;
  std::unordered_map<common::Selector::Id, std::shared_ptr<Callback>> callbacks_;
  std::vector<Callback> soon_;
  common::TimerQueue timers_;
  common::TimePoint asked_ = common::TimePoint::min();  // when it last asked the selector
  bool running_ = false;
  bool stopped_ = false;
};

/// Registers `fd` in its constructor and unregisters it in its destructor. A machine keeps its
/// Registration as a member, so that the descriptor is unregistered however the wait ends: by a
/// result, by an exception, or because the machine is destroyed in the middle of it.
///
/// ```cpp
/// {
///   const Registration readable(loop, fd, common::event_read, [&] { loop.stop(); });
///   loop.run();  // until there are bytes to read
/// }              // unregistered here
/// ```
///
/// The loop and the open descriptor must both outlive the Registration. If `fd` is closed first,
/// unregistering throws (with epoll), and an exception that leaves a destructor terminates the
/// program. So declare the Socket before the Registration: members are destroyed in reverse order.
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

}  // namespace stage4
