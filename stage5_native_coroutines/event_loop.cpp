// Shows: the turn of an event loop that runs tasks as well as callbacks (§4.4.4, §5).
#include "event_loop.h"

#include <chrono>
#include <cstdio>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "common/trace/trace.h"
#include "errors.h"
#include "task_base.h"

namespace stage5 {

using namespace common;

namespace {

// In debug mode, a step that takes longer than this is reported. asyncio has the same limit.
constexpr Duration slow_step = std::chrono::milliseconds(100);

// Most pages fit, so that one call of recv usually gets a whole page.
constexpr std::size_t receive_size = 64 * 1024;

// Sets a flag for the length of a scope, and clears it even if an exception ends the scope.
class SetMeanwhile {
 public:
  explicit SetMeanwhile(bool& flag) : flag_(flag) { flag_ = true; }
  SetMeanwhile(const SetMeanwhile&) = delete;
  SetMeanwhile& operator=(const SetMeanwhile&) = delete;
  ~SetMeanwhile() { flag_ = false; }

 private:
  bool& flag_;
};

// The function that asked for `callback` returned long ago, so it can't catch what the callback
// throws, and the loop has others to serve. So the error is printed.
void call(const auto& callback) {
  try {
    trace::calling();
    callback();
  } catch (...) {
    std::fprintf(stderr, "event loop: a callback threw: %s\n",
                 message_of(std::current_exception()).c_str());
  }
}

}  // namespace

EventLoop::EventLoop(Selector::Kind kind)
    : selector_(Selector::make(kind)), receive_buffer_(receive_size) {}

EventLoop::~EventLoop() {
  // What is destroyed here may own Timers, Registrations and Tasks, which need the whole loop, and
  // may schedule more. So this repeats until nothing is left.
  do {
    while (tasks_ != nullptr) tasks_->drop();
    std::exchange(callbacks_, {}).clear();
    soon_.run_turn([](const SoonQueue::Entry&) {});
  } while (tasks_ != nullptr || !callbacks_.empty() || !soon_.empty());
}

void EventLoop::register_fd(int fd, Events events, Callback callback, std::source_location by) {
  trace::line({"register", {{"fd", fd}, {"events", name_of(events)}}, &by}, "register fd ", fd,
              ", ", name_of(events));
  callback = trace::carried(std::move(callback), "loop: fd ", fd, " is ", name_of(events),
                            " → callback()");
  auto shared = std::make_shared<Callback>(std::move(callback));
  callbacks_.emplace(selector_->register_fd(fd, events), std::move(shared));
}

void EventLoop::unregister_fd(int fd, std::source_location by) {
  trace::line({"unregister", {{"fd", fd}}, &by}, "unregister fd ", fd);
  callbacks_.erase(selector_->unregister_fd(fd));
}

void EventLoop::watch(int fd, Events events, Watcher& watcher) {
  const auto index = static_cast<std::size_t>(fd);
  const auto id = selector_->watch(fd, events);
  if (index >= watched_.size()) watched_.resize(index + 1);
  if (watched_[index].id != id) {
    trace::line({"watch", {{"fd", fd}, {"events", name_of(events)}}}, "register fd ", fd,
                ", for as long as it is open");
    ++watched_count_;
  }
  watched_[index] = {id, &watcher};
}

void EventLoop::forget(int fd) {
  trace::record({"forget", {{"fd", fd}}});
  selector_->forget(fd);
  watched_[static_cast<std::size_t>(fd)] = {};
  --watched_count_;
}

EventLoop::Handle EventLoop::call_soon(Callback callback, std::source_location by) {
  trace::line({"soon", {}, &by}, "call_soon");
  callback = trace::carried(std::move(callback), "loop: what was due soon → callback()");
  return Handle(*this, soon_.add({.callback = make_recycled<Callback>(std::move(callback))}));
}

Timer EventLoop::call_at(TimePoint when, Callback callback, std::source_location by) {
  trace::record({"timer", {{"due", when.time_since_epoch().count()}}, &by});
  return timers_.call_at(when,
                         trace::carried(std::move(callback), "loop: a timer is due → callback()"));
}

Timer EventLoop::call_later(Duration delay, Callback callback, std::source_location by) {
  return call_at(later(Clock::now(), delay), std::move(callback), by);
}

void EventLoop::run() {
  if (running_) throw std::logic_error("this event loop runs already");
  const SetMeanwhile running(running_);
  stopped_ = false;
  while (!stopped_ && !nothing_is_left()) {
    trace::record({"turn"});
    soon_.run_turn([this](const SoonQueue::Entry& entry) { run_soon(entry); });
    timers_.run_due(asked_, [](const auto& callback) { call(callback); });
    asked_ = Clock::now();  // before select: a timer due meanwhile runs after what it reports
    for (const auto& ready : selector_->select(time_to_wait())) tell(ready);
  }
}

void EventLoop::tell(const Selector::Ready& ready) {
  const auto index = static_cast<std::size_t>(ready.fd);
  if (index < watched_.size() && watched_[index].id == ready.id) {
    watched_[index].watcher->on_ready(ready.events);
    return;
  }
  const auto found = callbacks_.find(ready.id);
  if (found == callbacks_.end()) return;  // unregistered by an earlier callback of this turn
  const auto callback = found->second;    // a copy, as it may unregister itself
  call(*callback);
}

bool EventLoop::nothing_is_left() const {
  return soon_.empty() && timers_.empty() && callbacks_.empty() && watched_count_ == 0;
}

void EventLoop::run_soon(const SoonQueue::Entry& entry) const {
  if (entry.task != nullptr) {
    step(*entry.task);
  } else if (entry.callback) {
    call(*entry.callback);
  }
}

void EventLoop::step(TaskBase& task) const {
  if (!debug_) return task.step();
  const std::string name(task.name());  // the last step may destroy the task
  const auto start = Clock::now();
  task.step();
  const auto took = Clock::now() - start;
  if (took < slow_step) return;
  const auto seconds = std::chrono::duration<double>(took).count();
  std::fprintf(stderr, "event loop: the task '%s' held all others up for %.3f s\n", name.c_str(),
               seconds);
}

std::optional<Duration> EventLoop::time_to_wait() const {
  if (stopped_ || !soon_.empty()) return Duration::zero();
  if (const auto due = timers_.next_due()) return time_until(*due, asked_);
  if (nothing_is_left()) return Duration::zero();  // `run` returns
  return std::nullopt;
}

}  // namespace stage5
