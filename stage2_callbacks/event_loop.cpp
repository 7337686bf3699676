// Shows: the turn of an event loop (§3.5): wait until something is ready, then call the callback
// that waits for it.
#include "event_loop.h"

#include <cstdio>
#include <exception>
#include <memory>
#include <stdexcept>
#include <utility>

#include "common/trace/trace.h"

namespace stage2 {

using namespace common;

namespace {

// Sets the flag, and clears it again when the scope ends, even by an exception.
class SetMeanwhile {
 public:
  explicit SetMeanwhile(bool& flag) : flag_(flag) { flag_ = true; }
  SetMeanwhile(const SetMeanwhile&) = delete;
  SetMeanwhile& operator=(const SetMeanwhile&) = delete;
  ~SetMeanwhile() { flag_ = false; }

 private:
  bool& flag_;
};

// Calls `callback` and prints what it throws. The code that left the callback has returned long ago
// and cannot catch anything, and the loop has other callbacks to serve.
void call(const auto& callback, const auto&... arguments) {
  try {
    trace::calling();
    callback(arguments...);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "event loop: a callback threw: %s\n", error.what());
  } catch (...) {
    std::fprintf(stderr, "event loop: a callback threw something that is not a std::exception\n");
  }
}

}  // namespace

EventLoop::EventLoop(Selector::Kind kind) : selector_(Selector::make(kind)) {}

EventLoop::~EventLoop() {
  // A callback may own a Timer, or an object whose destructor unregisters: both need a whole loop.
  std::exchange(callbacks_, {}).clear();
  std::exchange(soon_, {}).clear();
}

void EventLoop::register_fd(int fd, Events events, Callback callback, std::source_location by) {
  trace::line({"register", {{"fd", fd}, {"events", name_of(events)}}, &by}, "register fd ", fd,
              ", ", name_of(events));
  callback = trace::carried(std::move(callback), "loop: fd ", fd, " is ", name_of(events),
                            " → callback(key, mask)");
  auto shared = std::make_shared<Callback>(std::move(callback));
  callbacks_.emplace(selector_->register_fd(fd, events), std::move(shared));
}

void EventLoop::unregister_fd(int fd, std::source_location by) {
  trace::line({"unregister", {{"fd", fd}}, &by}, "unregister fd ", fd);
  callbacks_.erase(selector_->unregister_fd(fd));
}

void EventLoop::call_soon(std::function<void()> callback, std::source_location by) {
  trace::line({"soon", {}, &by}, "call_soon");
  soon_.push_back(trace::carried(std::move(callback), "loop: what was due soon → callback()"));
}

Timer EventLoop::call_at(TimePoint when, std::function<void()> callback, std::source_location by) {
  trace::record({"timer", {{"due", when.time_since_epoch().count()}}, &by});
  return timers_.call_at(when,
                         trace::carried(std::move(callback), "loop: a timer is due → callback()"));
}

void EventLoop::run() {
  if (running_) throw std::logic_error("this event loop runs already");
  const SetMeanwhile running(running_);
  stopped_ = false;
  while (!stopped_ && !(soon_.empty() && timers_.empty() && callbacks_.empty())) {
    trace::record({"turn"});
    for (const auto& callback : std::exchange(soon_, {})) call(callback);
    timers_.run_due(asked_, [](const auto& callback) { call(callback); });
    asked_ = Clock::now();  // before select: a timer due meanwhile runs after what it reports
    for (const auto& ready : selector_->select(time_to_wait())) {
      const auto found = callbacks_.find(ready.id);
      if (found == callbacks_.end()) continue;  // unregistered by another callback of this turn
      const auto callback = found->second;      // a share, because it may unregister itself
      call(*callback, Key{ready.fd}, ready.events);
    }
  }
}

std::optional<Duration> EventLoop::time_to_wait() const {
  if (stopped_ || !soon_.empty()) return Duration::zero();
  if (const auto due = timers_.next_due()) return time_until(*due, asked_);
  if (callbacks_.empty()) return Duration::zero();  // nothing is left: `run` returns
  return std::nullopt;
}

}  // namespace stage2
