// Shows: what a Python generator does by itself, as a protocol for classes written by hand (§4.4;
// PEP 342). New in this stage; stage 5's compiler makes all of it again.
//
// A *state machine* here is a class with one `resume(Sent&)`. Its members are the locals of the
// function that it stands for; a state says where in that function it stopped.
#pragma once

#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <variant>

namespace stage3 {

class Future;

/// What a Future holds, and what is sent into a machine that waited for it. The empty one is
/// Python's None, and the end of a stream.
using Value = std::string;

/// What a machine is resumed with: Python's `send(value)` if it is a value, `throw(error)` if it is
/// an error.
struct Sent {
  Value value = {};
  std::exception_ptr error = {};

  /// Called at the wait: the value that was waited for, once; or throws the error there, once, so
  /// that an ordinary `try` around the wait catches it.
  Value take() {
    if (error) std::rethrow_exception(std::exchange(error, nullptr));
    return std::exchange(value, {});
  }
};

/// What a machine yields: the Future that it waits for from now on. It is resumed when that is
/// done.
struct Yielded {
  std::shared_ptr<Future> future;
};

/// What one `resume` came to: the machine yielded a Future and is suspended, or it returned an R
/// and is finished. (If it throws, so does `resume`.)
template <class R>
class Step {
 public:
  using Returned = R;  ///< What the function that the machine stands for returns.

  Step(Yielded yielded) : outcome_(std::move(yielded)) {}
  Step(R value) : outcome_(std::move(value)) {}

  bool returned() const { return outcome_.index() == 1; }
  R& value() { return std::get<1>(outcome_); }                      ///< Only if it returned.
  const Yielded& yielded() const { return std::get<0>(outcome_); }  ///< Only if it did not.

 private:
  std::variant<Yielded, R> outcome_;
};

/// Whatever can be resumed. The first `Sent` is empty: it only starts the machine.
template <class M>
concept Awaitable = requires(M machine, Sent& sent) { machine.resume(sent).yielded(); };

}  // namespace stage3
