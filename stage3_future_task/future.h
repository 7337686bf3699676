// Shows: a place for a result that has not arrived yet (§4.4.1, fig. 09). New in this stage.
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

namespace stage3 {

/// Holds one result that is still to come. A Future is pending until its result or its exception
/// is set, which happens once; from then on it is done and never changes again.
///
/// ```cpp
/// const auto future = std::make_shared<Future>();
/// future->add_done_callback([](Future& done) {
///   std::printf("%zu bytes\n", done.outcome().value.size());
/// });
/// future->set_result("hello");  // calls the callback before it returns
/// ```
///
/// Three objects share it. The machine that waits makes it and yields it. The callback that the
/// machine left with the loop sets it when the socket is ready. The Task that drives the machine
/// adds a done callback, so that it learns when to resume the machine. A Future knows neither the
/// loop nor the Task; all it does is call its callbacks.
///
/// Always make a Future with `std::make_shared`: the Task asks it for `shared_from_this`, which
/// throws if no `shared_ptr` owns it. If a Future is never set, the machine that waits for it is
/// never resumed. Not thread-safe: everything happens in the loop's thread.
class Future : public std::enable_shared_from_this<Future> {
 public:
  /// Receives the Future that is done. It must not throw: its error would leave `set_result`, and
  /// the callbacks after it would never be called.
  using Callback = std::function<void(Future&)>;

  Future() { common::trace::made("future", this); }
  Future(const Future&) = delete;
  Future& operator=(const Future&) = delete;
  ~Future() { common::trace::gone(this); }

  /// Calls `callback` once, when the Future is done: from inside `set_result` or `set_exception`,
  /// or from inside this function if the Future is done already. Several callbacks are called in
  /// the order in which they were added.
  void add_done_callback(Callback callback) {
    common::trace::record({"tell", {{"future", this}}});
    if (done_) return callback(*this);
    callbacks_.push_back(std::move(callback));
  }

  /// Stores the result and calls the callbacks before it returns. Throws `std::logic_error` if the
  /// Future is done already.
  void set_result(Value result, std::source_location by = std::source_location::current()) {
    const common::trace::Hop hop(
        {"set", {{"future", this}, {"error", false}, {"bytes", result.size()}}, &by},
        "future.set_result(", result.size(), " bytes)");
    set_done({std::move(result), nullptr});
  }

  /// Stores an error instead of a result and calls the callbacks. The error is thrown at the point
  /// where the machine waits, when its Task resumes it. Throws `std::logic_error` if the Future is
  /// done already.
  void set_exception(std::exception_ptr exception,
                     std::source_location by = std::source_location::current()) {
    const common::trace::Hop hop({"set", {{"future", this}, {"error", true}, {"bytes", 0}}, &by},
                                 "future.set_exception");
    set_done({{}, std::move(exception)});
  }

  bool done() const { return done_; }

  /// Returns what the waiting machine is to be resumed with: the result, or the error. Call it only
  /// when the Future is done; before that it is the empty Sent.
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

}  // namespace stage3
