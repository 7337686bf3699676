// Shows: one thread that waits for many sockets at once (§3.5). A function that would have blocked
// leaves a callback with the loop and returns; the loop calls the callback when the socket is
// ready. New in this stage.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <source_location>
#include <unordered_map>
#include <vector>

#include "common/net/selector.h"
#include "common/net/timer_queue.h"

namespace stage2 {

/// Tells a callback which registration is ready, like Python's `selectors.SelectorKey`. (The
/// crawler uses neither the key nor the mask, but the article's loop passes both to every
/// callback.)
struct Key {
  int fd;
};

/// Waits for many things at once in one thread, and calls the callback of each one that happens: a
/// descriptor becomes ready, or a point in time arrives. It is the article's `selector` and its
/// `loop()` in one object. A crawl owns one loop; its crawlers refer to the loop, so it must
/// outlive them.
///
/// ```cpp
/// EventLoop loop;
/// loop.register_fd(fd, common::event_read, [&](const Key& key, common::Events) {
///   std::puts("there are bytes to read");
///   loop.unregister_fd(key.fd);  // otherwise the next turn calls this again, until they are read
/// });
/// loop.run();  // returns when nothing is registered, queued or due any more
/// ```
///
/// The loop knows nothing of the crawler. Every callback runs inside `run`, in the thread that
/// called `run`, and a callback that blocks holds up everything else. The loop is not thread-safe:
/// another thread may call none of its functions, `stop` and `call_soon` included. Another thread
/// wakes the loop by making a registered descriptor readable, as `Frontier::wakeup_fd` does.
class EventLoop {
 public:
  /// Receives the registration that is ready, and which of its events happened.
  using Callback = std::function<void(const Key& key, common::Events mask)>;

  /// Makes a loop that waits with this kind of selector. Throws `std::system_error` if the kernel
  /// refuses it.
  explicit EventLoop(common::Selector::Kind kind = common::Selector::default_kind());
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// Destroys the pending callbacks without calling them, together with everything they own. What
  /// they own may include Timers of this loop (see tests/contract/event_loop_test.cpp).
  ~EventLoop();

  /// Calls `callback` in every turn that finds `fd` ready for one of `events`, until
  /// `unregister_fd` ends that. It is level-triggered: as long as the callback leaves bytes unread,
  /// every turn calls it again. A callback may register and unregister any descriptor, its own
  /// included. If it unregisters another one that is ready in the same turn, that one is not called
  /// any more.
  ///
  /// The loop neither owns nor closes `fd`. Call `unregister_fd` before you close it, on every way
  /// out: nothing in this stage does it for you. `register_fd` throws `std::logic_error` if `fd` is
  /// registered already, `unregister_fd` if it is not.
  void register_fd(int fd, common::Events events, Callback callback,
                   std::source_location by = std::source_location::current());
  void unregister_fd(int fd, std::source_location by = std::source_location::current());

  /// Calls `callback` once, at the beginning of the next turn. Callbacks run in the order in which
  /// they were queued. One that is queued by another waits for the turn after that, so a callback
  /// that queues itself again and again does not starve the descriptors.
  void call_soon(std::function<void()> callback,
                 std::source_location by = std::source_location::current());

  /// Calls `callback` once, in the first turn after `when`. The caller keeps the Timer that this
  /// returns: destroying it or assigning to it cancels the callback. The loop must outlive the
  /// Timer.
  common::Timer call_at(common::TimePoint when, std::function<void()> callback,
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
  std::vector<std::function<void()>> soon_;
  common::TimerQueue timers_;
  common::TimePoint asked_ = common::TimePoint::min();  // when it last asked the selector
  bool running_ = false;
  bool stopped_ = false;
};

}  // namespace stage2
