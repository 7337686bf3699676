// Shows: who resumes a machine, and when (§4.4.3, fig. 11). New in this stage.
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

namespace stage3 {

/// Drives one machine from Future to Future until it returns or throws, and keeps what it came to.
/// It is the Task that knows the loop: each wake-up is a callback of the loop's, so they come first
/// in, first out, and nothing recurses. Only the first step, and that of `throw_`, run at once.
///
/// Owns the machine; dropping the Task drops the machine, wherever it waits. Not from inside a
/// step. The loop must outlive the Task.
template <Awaitable Machine>
class Task {
 public:
  /// What the machine returns in the end.
  using Result =
      typename decltype(std::declval<Machine&>().resume(std::declval<Sent&>()))::Returned;

  /// Takes the machine and runs it up to its first Future.
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

  /// Throws `error` into the machine where it waits, at once; what it waited for is forgotten.
  /// Nothing if it is done. Throws `std::logic_error` from inside a step, where the machine doesn't
  /// wait: the machine can throw by itself there.
  void throw_(std::exception_ptr error) {
    if (done()) return;
    if (!waiting_on_) throw std::logic_error("throw_ from inside a step of the same Task");
    step({{}, std::move(error)});
  }

  bool done() const { return machine_ == nullptr; }

  /// What the machine returned, to be moved from; or throws what it threw. Only if done. An error
  /// that nobody looks at is printed when the Task goes.
  Result& result() {
    looked_at_ = true;
    if (auto* error = std::get_if<std::exception_ptr>(&result_)) std::rethrow_exception(*error);
    return std::get<Result>(result_);
  }

  /// The loop calls `callback` soon after this is done. It may drop the Task.
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
        // A wake-up for what this Task no longer waits on is dropped: somebody may have called
        // `throw_` in between.
        if (!alive.expired() && future == waiting_on_) step(future->outcome());
      });
    });
  }

  bool failed() const { return std::holds_alternative<std::exception_ptr>(result_); }

  void report_error() const {
    try {
      std::rethrow_exception(std::get<std::exception_ptr>(result_));
    } catch (const std::exception& error) {
      std::fprintf(stderr, "a Task failed and nobody looked: %s\n", error.what());
    } catch (...) {
      std::fprintf(stderr, "a Task failed and nobody looked\n");
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

}  // namespace stage3
