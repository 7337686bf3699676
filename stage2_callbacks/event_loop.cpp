// Shows: the turn of an event loop (§3.5): wait until something is ready, then call whoever waits
// for it.
#include "event_loop.h"

#include <cstdio>
#include <exception>
#include <utility>

#include "common/trace/trace.h"

namespace stage2 {

using namespace common;

namespace {

// Nobody who asked for `callback` is left on the stack to catch what it throws, and the loop serves
// others: print it.
void call(const auto& callback, const auto&... arguments) {
  try {
    trace::calling();
    callback(arguments...);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "event loop: a callback threw: %s\n", error.what());
  } catch (...) {
    std::fprintf(stderr, "event loop: a callback threw something that is no exception\n");
  }
}

}  // namespace

EventLoop::EventLoop(Selector::Kind kind) : selector_(Selector::make(kind)) {}

void EventLoop::register_fd(int fd, Events events, Callback callback, std::source_location by) {
  trace::line({"register", {{"fd", fd}, {"events", name_of(events)}}, &by}, "register fd ", fd,
              ", ", name_of(events));
  callbacks_.emplace(selector_->register_fd(fd, events),
                     trace::carried(std::move(callback), "loop: fd ", fd, " is ", name_of(events),
                                    " → callback(key, mask)"));
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
  stopped_ = false;
  while (!stopped_ && !(soon_.empty() && timers_.empty() && callbacks_.empty())) {
    trace::record({"turn"});
    for (const auto& callback : std::exchange(soon_, {})) call(callback);
    call([this] { timers_.run_due(Clock::now()); });
    for (const auto& ready : selector_->select(time_to_wait())) {
      const auto found = callbacks_.find(ready.id);
      if (found == callbacks_.end())
        continue;  // unregistered since, by another callback of this turn
      const Callback callback = found->second;  // a copy, since it may unregister itself
      call(callback, Key{ready.fd}, ready.events);
    }
  }
}

std::optional<Duration> EventLoop::time_to_wait() const {
  if (stopped_ || !soon_.empty()) return Duration::zero();
  if (const auto due = timers_.next_due()) return *due - Clock::now();
  if (callbacks_.empty()) return Duration::zero();  // nothing is left: `run` ends
  return std::nullopt;
}

}  // namespace stage2
