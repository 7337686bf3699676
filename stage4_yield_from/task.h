// Shows: the Task of stage 3, unchanged (§4.5). It resumes only the outermost machine. What it
// sends travels all the way in, through every parent, to the Future that the innermost one yielded.
#pragma once

#include <cstdio>
#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <utility>
#include <variant>
#include <vector>

#include "common/trace/trace.h"
#include "event_loop.h"
#include "future.h"
#include "generator.h"

namespace stage4 {

/// Drives one machine from Future to Future until it returns or throws, and keeps its result or its
/// error. The constructor runs the machine up to its first Future. When that Future is done, the
/// Task queues a step with the loop, and the step resumes the machine with the Future's outcome.
///
/// ```cpp
/// struct Answer {  // a machine that returns without waiting
///   Step<Value> resume(Sent&) { return Value("42"); }
/// };
/// Task task(loop, std::make_unique<Answer>());
/// task.add_done_callback([&] { std::puts(task.result().c_str()); });
/// loop.run();
/// ```
///
/// The Task is the only one of the three that knows the loop. Because each later step is a callback
/// of the loop, machines are resumed in the order in which their Futures were set, and the stack
/// does not grow. Two steps do not go through the loop: the first one, which runs inside the
/// constructor, and the one that `throw_` makes.
///
/// The Task owns the machine. Destroying the Task destroys the machine in the middle of its wait,
/// which unregisters the socket and closes it; a wake-up that is already queued then does nothing.
/// The done callback may destroy its Task, but the machine must not, because it is still running
/// inside a step of the Task. The loop must outlive the Task. Not thread-safe: everything runs in
/// the loop's thread.
template <Awaitable Machine>
class Task {
 public:
  /// Names what the machine returns in the end.
  using Result =
      typename decltype(std::declval<Machine&>().resume(std::declval<Sent&>()))::Returned;

  /// Takes the machine and runs it up to its first Future. An error that the machine throws on the
  /// way is kept for `result`, and does not leave the constructor.
  Task(EventLoop& loop, std::unique_ptr<Machine> machine)
      : loop_(loop), machine_(std::move(machine)) {
    common::trace::made("task", this);
    step({});
  }
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  ~Task() {
    if (failed() && !looked_at_) report_error();
    common::trace::gone(this);
  }

  /// Throws `error` into the machine at the point where it waits, before this function returns. The
  /// crawler ends a page like this when its deadline passes. The machine may catch the error and go
  /// on, even wait again. The Task forgets the Future that the machine waited for: if that one is
  /// set later, nothing happens (see tests/contract/task_test.cpp). Does nothing if the Task is
  /// done. Throws `std::logic_error` if it is called from inside a step of this Task, where the
  /// machine runs and does not wait; the machine can throw by itself there.
  void throw_(std::exception_ptr error) {
    if (done()) return;
    if (!waiting_on_) throw std::logic_error("throw_ from inside a step of the same Task");
    step({{}, std::move(error)});
  }

  bool done() const { return machine_ == nullptr; }

  /// Returns what the machine returned, to be moved from, or throws what the machine threw. Call it
  /// only when the Task is done. If the machine threw and `result` is never called, the Task's
  /// destructor prints the error on stderr, so that no error is lost in silence.
  Result& result() {
    looked_at_ = true;
    if (auto* error = std::get_if<std::exception_ptr>(&result_)) std::rethrow_exception(*error);
    return std::get<Result>(result_);
  }

  /// Has the loop call `callback` in the turn after the Task is done. If it is done already, that
  /// is the next turn. The callback may destroy the Task.
  void add_done_callback(EventLoop::Callback callback) {
    if (done()) return loop_.call_soon(std::move(callback));
    callbacks_.push_back(std::move(callback));
  }

 private:
  void step(Sent sent) {
    const common::trace::Hop hop({"step", {{"task", this}, {"error", sent.error != nullptr}}},
                                 "task.step → ", sent.error ? "throw" : "send");
    waiting_on_.reset();
    try {
      const common::trace::Resume resume(*machine_);
      auto step = machine_->resume(sent);
      if (!step.returned()) return wait_for(step.yielded().future);
      result_ = std::move(step.value());
      common::trace::line({"return", {{"task", this}}}, "returns: the Task is done");
    } catch (...) {
      result_ = std::current_exception();
    }
    machine_.reset();
    for (auto& callback : std::exchange(callbacks_, {})) loop_.call_soon(std::move(callback));
  }

  void wait_for(std::shared_ptr<Future> future) {
    common::trace::line({"yield", {{"task", this}, {"future", future.get()}}},
                        "yields a Future → future.add_done_callback(task)");
    waiting_on_ = future;
    future->add_done_callback([this, alive = std::weak_ptr(alive_)](Future& future) {
      if (alive.expired()) return;
      loop_.call_soon([this, alive, future = future.shared_from_this()] {
        common::trace::record_if(!alive.expired() && future != waiting_on_,
                                 {"stale", {{"task", this}}});
        // Drops a wake-up for a Future that this Task does not wait for any more, because `throw_`
        // was called between the wake-up and this turn.
        if (!alive.expired() && future == waiting_on_) step(future->outcome());
      });
    });
  }

  bool failed() const { return std::holds_alternative<std::exception_ptr>(result_); }

  void report_error() const {
    try {
      std::rethrow_exception(std::get<std::exception_ptr>(result_));
    } catch (const std::exception& error) {
      std::fprintf(stderr, "a Task failed and its error was never read: %s\n", error.what());
    } catch (...) {
      std::fprintf(stderr, "a Task failed and its error was never read\n");
    }
  }

  EventLoop& loop_;
  std::unique_ptr<Machine> machine_;
  std::variant<std::monostate, Result, std::exception_ptr> result_;
  bool looked_at_ = false;
  std::vector<EventLoop::Callback> callbacks_;
  std::shared_ptr<Future> waiting_on_;                            // null inside a step
  const std::shared_ptr<void> alive_ = std::make_shared<char>();  // expires with the Task
};

}  // namespace stage4
