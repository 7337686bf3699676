// Shows: what a Python generator does by itself, as a protocol for classes written by hand (§4.4;
// PEP 342). New in this stage; in stage 5 the compiler generates all of it.
//
// A *state machine* here is a class with one function `resume(Sent&)`. Its members are the locals
// of the function that it stands for, and one of them, the state, says where in that function it
// stopped. `resume` goes on from there until the next wait.
#pragma once

#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <variant>

namespace stage3 {

class Future;

/// Names the type of a result: what a Future holds, and what is sent into the machine that waited
/// for it. The empty string plays two parts: it is Python's `None`, and it is the end of a stream.
using Value = std::string;

/// Carries into a machine what it is resumed with. A Sent with a value is Python's `send(value)`, a
/// Sent with an error is Python's `throw(error)`.
struct Sent {
  Value value = {};
  std::exception_ptr error = {};

  /// Returns the value, or throws the error. The machine calls it at its wait, so the error is
  /// thrown there and an ordinary `try` around this call catches it. Either one is taken out: a
  /// second call returns the empty value (see tests/stage3_future_task/pep_342_test.cpp).
  Value take() {
    if (error) std::rethrow_exception(std::exchange(error, nullptr));
    return std::exchange(value, {});
  }
};

/// Carries out of a machine the Future that it waits for from now on. The Task that resumed the
/// machine keeps the Future, and resumes the machine again when the Future is done.
struct Yielded {
  std::shared_ptr<Future> future;
};

/// Says how one `resume` ended: either the machine yielded a Future and is suspended, or it
/// returned an R and is finished. (The third ending has no Step: if the machine throws, the
/// exception leaves `resume`.) A Task makes the distinction, and so does a machine that has another
/// machine inside it:
///
/// ```cpp
/// const auto drive = [](auto& machine, Sent& sent) {
///   auto step = machine.resume(sent);
///   if (!step.returned()) return step.yielded().future;  // suspended: resume it when this is done
///   std::puts("finished");                               // step.value() is its result
///   return std::shared_ptr<Future>();
/// };
/// ```
template <class R>
class Step {
 public:
  using Returned = R;  ///< Names what the function that the machine stands for returns.

  Step(Yielded yielded) : outcome_(std::move(yielded)) {}
  Step(R value) : outcome_(std::move(value)) {}

  bool returned() const { return outcome_.index() == 1; }
  /// Returns the result, to be moved from. Throws `std::bad_variant_access` if the machine yielded.
  R& value() { return std::get<1>(outcome_); }
  /// Returns the Future that was yielded. Throws `std::bad_variant_access` if the machine returned.
  const Yielded& yielded() const { return std::get<0>(outcome_); }

 private:
  std::variant<Yielded, R> outcome_;
};

/// Describes a machine: any class with a `resume(Sent&)` that returns a Step. The first `resume`
/// starts it and sends the empty Sent; each later one sends the outcome of the Future that the
/// machine yielded last. This one has a `bool` for its state; the crawler's have an `enum`:
///
/// ```cpp
/// struct Twice {  // stands for: value = yield future; return value + value;
///   std::shared_ptr<Future> future;
///   bool waiting = false;
///   Step<Value> resume(Sent& sent) {
///     const Value value = sent.take();  // empty at the start, then the result of the Future
///     if (!std::exchange(waiting, true)) return Yielded{future};
///     return value + value;
///   }
/// };
/// ```
///
/// A machine is owned by the Task that drives it or by the machine that contains it. Destroying it
/// in the middle of a wait is allowed, and ends the wait. Resuming it after it has finished is
/// misuse: the machines of the crawler throw `std::logic_error` then.
template <class M>
concept Awaitable = requires(M machine, Sent& sent) { machine.resume(sent).yielded(); };

}  // namespace stage3
