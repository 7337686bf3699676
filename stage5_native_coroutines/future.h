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

/// Holds one result that is still to come. A Future is pending until its result or its exception is
/// set, which happens once; from then on it is done and never changes again.
///
/// ```cpp file
/// #include "coroutine.h"
///
/// Coroutine<> wait_a_moment(EventLoop* loop) {
///   Future<int> future;
///   const auto timer = loop->call_later(std::chrono::milliseconds(5),
///                                       [&future] { future.set_result(42); });
///   const int answer = co_await future;  // suspends here until the timer's callback is called
///   std::printf("%d\n", answer);
/// }
/// ```
///
/// `set_result` resumes nothing itself. It wakes the tasks whose coroutines wait here, and each is
/// stepped in the loop's next turn; the coroutine then takes the result out of the Future. That is
/// why the Future must still exist then. If it is destroyed earlier, the coroutines that wait for
/// it get a CancelledError.
///
/// A Future may be a local variable, as above, and it knows no loop. Whatever will set it must be
/// gone before it is: above, the Timer is destroyed first. Any number of coroutines may wait for
/// one Future. An exception that is set and never looked at is lost without a word; only a Task
/// reports one. Not thread-safe.
template <class T = void>
class Future {
 public:
  /// It must not throw: its error would leave `set_result`, and the callbacks after it would never
  /// be called.
  using Callback = std::function<void()>;

  Future() { common::trace::made("future", this); }
  Future(const Future&) = delete;
  Future& operator=(const Future&) = delete;
  ~Future() { common::trace::gone(this); }

  bool done() const { return done_; }

  /// Calls `callback` once, when the Future is done: from inside `set_result` or `set_exception`,
  /// or from inside this function if the Future is done already.
  void add_done_callback(Callback callback) {
    if (done_) return callback();
    callbacks_.push_back(std::move(callback));
  }

  /// Stores the result, made of `value...`, wakes whatever waits, and calls the callbacks. Throws
  /// `std::logic_error` if the Future is done already.
  template <class... Value>
  void set_result(Value&&... value) {
    const common::trace::Hop hop({"set", {{"future", this}, {"error", false}}},
                                 "future.set_result");
    check_pending();
    result_.set_value(std::forward<Value>(value)...);
    set_done();
  }

  /// Stores an exception instead of a result, wakes whatever waits, and calls the callbacks. The
  /// exception is thrown at the `co_await` of each coroutine that waits. Throws `std::logic_error`
  /// if the Future is done already.
  void set_exception(std::exception_ptr exception) {
    const common::trace::Hop hop({"set", {{"future", this}, {"error", true}}},
                                 "future.set_exception");
    check_pending();
    result_.set_exception(std::move(exception));
    set_done();
  }

  /// Returns a reference to the result, or throws the exception. Move from it only if nothing else
  /// wants the result. Call it only when the Future is done.
  typename Result<T>::Reference result() const { return result_.get(); }

  /// Returns the exception that was set, or null.
  std::exception_ptr exception() const { return result_.exception(); }

  /// Makes `co_await future` wait until the Future is done and then give its `result()`. It does
  /// not suspend if the Future is done already. Throws CancelledError if the waiting task is
  /// cancelled.
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
