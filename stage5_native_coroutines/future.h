// Shows: a Future as an awaiter (§4.4.1, §5). Since stage 4: any type of result; `co_await` where
// `resume` was; it may be a local of the coroutine that waits.
#pragma once

#include <exception>
#include <functional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "common/trace/trace.h"
#include "result.h"
#include "wait_list.h"

namespace stage5 {

/// Pending until somebody sets its result or its exception, once. It knows no loop; whoever sets it
/// must not outlive it. Those who have not gone on when it goes are cancelled.
template <class T = void>
class Future {
 public:
  using Callback = std::function<void()>;  ///< Must not throw.

  Future() { common::trace::made("future", this); }
  Future(const Future&) = delete;
  Future& operator=(const Future&) = delete;
  ~Future() { common::trace::gone(this); }

  bool done() const { return done_; }

  /// Calls `callback` when this is done: from inside `set_result` or `set_exception`, or at once if
  /// it is done already.
  void add_done_callback(Callback callback) {
    if (done_) return callback();
    callbacks_.push_back(std::move(callback));
  }

  /// Done, with a result. Throws `std::logic_error` if it was done before.
  template <class... Value>
  void set_result(Value&&... value) {
    const common::trace::Hop hop({"set", {{"future", this}, {"error", false}}},
                                 "future.set_result");
    check_pending();
    result_.set_value(std::forward<Value>(value)...);
    set_done();
  }

  /// Done, with an exception, which is thrown where a coroutine waits. Throws as `set_result` does.
  void set_exception(std::exception_ptr exception) {
    const common::trace::Hop hop({"set", {{"future", this}, {"error", true}}},
                                 "future.set_exception");
    check_pending();
    result_.set_exception(std::move(exception));
    set_done();
  }

  /// The result, to be moved from if nobody else wants it; or throws the exception. Only if done.
  typename Result<T>::Reference result() const { return result_.get(); }

  /// The exception that it is done with, or null.
  std::exception_ptr exception() const { return result_.exception(); }

  /// Waits until this is done and gives its `result()`, without waiting if it is done already.
  auto operator co_await() {
    struct Awaiter : WaitList::Wait {
      explicit Awaiter(Future& future) : Wait(future.waiting_), future(future) {}
      bool await_ready() const {
        common::trace::record_if(!future.done(), {"awaits", {{"awaited", &future}}});
        return future.done();
      }
      typename Result<T>::Reference await_resume() {
        Wait::await_resume();
        return future.result();
      }
      Future& future;
    };
    return Awaiter(*this);
  }

 private:
  void check_pending() const {
    if (done_) throw std::logic_error("this Future is done already: it is set only once");
  }

  void set_done() {
    done_ = true;
    waiting_.wake_all_in_place();
    for (auto& callback : std::exchange(callbacks_, {})) callback();
  }

  Result<T> result_;
  bool done_ = false;
  WaitList waiting_;
  std::vector<Callback> callbacks_;
};

}  // namespace stage5
