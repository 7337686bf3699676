// Shows: a loop that runs tasks (§4.4.4, §5). Since stage 4: what is due soon may be a task, to be
// resumed, as well as a callback.
#pragma once

#include <coroutine>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "common/net/selector.h"
#include "common/net/timer_queue.h"

namespace stage5 {

class TaskBase;

/// Waits for all that is registered and calls whoever is ready. For one thread.
class EventLoop {
 public:
  using Callback = std::function<void()>;

  explicit EventLoop(common::Selector::Kind kind = common::Selector::default_kind());

  /// Calls `callback` in every turn that finds `fd` ready for one of `events`, until
  /// `unregister_fd`. A callback may register and unregister whatever it likes, itself too.
  void register_fd(int fd, common::Events events, Callback callback);
  void unregister_fd(int fd);

  /// Calls `callback` once, in the next turn. First in, first out, together with the tasks.
  void call_soon(Callback callback);

  /// Calls `callback` once, in a turn after `when`, unless the Timer is gone by then.
  common::Timer call_at(common::TimePoint when, Callback callback);

  /// Turns until `stop`, or until nothing is left that could call anything. A turn calls what is
  /// due soon, then timers, then who is ready, and what these ask for waits for the next turn: so
  /// nobody starves. What a callback throws is printed and ends nothing: the loop serves the
  /// others, too.
  void run();

  /// Ends `run` with this turn.
  void stop() { stopped_ = true; }

  const common::SelectorCounts& counts() const { return selector_->counts(); }

 private:
  friend class TaskBase;
  using Soon = std::variant<TaskBase*, Callback>;

  void forget(const TaskBase* task);
  std::optional<common::Duration> time_to_wait() const;

  std::unique_ptr<common::Selector> selector_;
  std::unordered_map<common::Selector::Id, Callback> callbacks_;
  std::vector<Soon> soon_;  // for the next turn
  std::vector<Soon> turn_;  // of this turn
  common::TimerQueue timers_;
  bool stopped_ = false;
};

/// `fd` is registered for as long as this lives: whatever ends a wait, an exception too,
/// unregisters it. Neither the loop nor the descriptor may go before.
class Registration {
 public:
  Registration(EventLoop& loop, int fd, common::Events events, EventLoop::Callback callback)
      : loop_(loop), fd_(fd) {
    loop_.register_fd(fd, events, std::move(callback));
  }
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;
  ~Registration() { loop_.unregister_fd(fd_); }

 private:
  EventLoop& loop_;
  const int fd_;
};

/// A task as the loop sees it: something to resume. Of the chain of coroutines that await one
/// another it knows the innermost, the one that waits for a Future: so a wake-up costs the same at
/// any depth.
class TaskBase {
 public:
  explicit TaskBase(EventLoop& loop) : loop_(loop) {}
  TaskBase(const TaskBase&) = delete;
  TaskBase& operator=(const TaskBase&) = delete;
  virtual ~TaskBase() {
    if (scheduled_) loop_.forget(this);
  }

  EventLoop& loop() const { return loop_; }

  /// The loop resumes this task in the next turn.
  void wake();

  /// Throws `error` out of the `co_await` at which this task waits, or will wait next, in the next
  /// turn. It wins against a result that has come but was not yet delivered.
  void throw_(std::exception_ptr error);

  /// The innermost coroutine is `innermost` from now on. Called where it suspends.
  void suspend(std::coroutine_handle<> innermost) { innermost_ = innermost; }

  /// Throws what `throw_` left, if anything. Called where the innermost coroutine was resumed.
  void rethrow() {
    if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
  }

 protected:
  friend class EventLoop;
  virtual void step() = 0;

  std::coroutine_handle<> innermost_;
  std::exception_ptr thrown_;

 private:
  EventLoop& loop_;
  bool scheduled_ = false;
};

}  // namespace stage5
