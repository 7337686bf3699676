// Shows: a Future that one can wait for like any machine (§4.5.2, fig. 16). Since stage 3:
// `resume`.
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <source_location>
#include <stdexcept>
#include <utility>
#include <vector>

#include "common/trace/trace.h"
#include "generator.h"

namespace stage4 {

/// Pending until somebody sets its result or its exception, once. Shared by the machine that waits,
/// the callback that will set it and the Task that was told of it. It knows no loop: it calls its
/// callbacks from inside `set_result`.
class Future : public std::enable_shared_from_this<Future> {
 public:
  /// Gets the Future that is done. Must not throw.
  using Callback = std::function<void(Future&)>;

  Future() { common::trace::made("future", this); }
  Future(const Future&) = delete;
  Future& operator=(const Future&) = delete;
  ~Future() { common::trace::gone(this); }

  /// Calls `callback` when this is done: from inside `set_result` or `set_exception`, or at once if
  /// it is done already.
  void add_done_callback(Callback callback) {
    common::trace::record({"tell", {{"future", this}}});
    if (done_) return callback(*this);
    callbacks_.push_back(std::move(callback));
  }

  /// Done, with a result. Throws `std::logic_error` if it was done before.
  void set_result(Value result, std::source_location by = std::source_location::current()) {
    const common::trace::Hop hop(
        {"set", {{"future", this}, {"error", false}, {"bytes", result.size()}}, &by},
        "future.set_result(", result.size(), " bytes)");
    set_done({std::move(result), nullptr});
  }

  /// Done, with an exception, which is thrown where the machine waits. Throws as `set_result` does.
  void set_exception(std::exception_ptr exception,
                     std::source_location by = std::source_location::current()) {
    const common::trace::Hop hop({"set", {{"future", this}, {"error", true}, {"bytes", 0}}, &by},
                                 "future.set_exception");
    set_done({{}, std::move(exception)});
  }

  /// The article's `__iter__`, `yield self; return self.result`: so that nobody who waits has to
  /// know whether for a Future or for a machine.
  Step<Value> resume(Sent& sent) {
    sent.take();  // throws an error that was sent; a value is a copy of the outcome, and not needed
    if (!done_) return Yielded{shared_from_this()};
    return Sent(outcome_).take();
  }

  bool done() const { return done_; }

  /// What to resume the machine with that waited for this. Only if done.
  const Sent& outcome() const { return outcome_; }

 private:
  void set_done(Sent outcome) {
    if (done_) throw std::logic_error("this Future is done already: it is set only once");
    outcome_ = std::move(outcome);
    done_ = true;
    for (auto& callback : std::exchange(callbacks_, {})) callback(*this);
  }

  bool done_ = false;
  Sent outcome_;
  std::vector<Callback> callbacks_;
};

}  // namespace stage4
