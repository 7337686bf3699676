// Step 2: the variables move into a frame, and the function is cut where it waits.
#include <optional>
#include <utility>

#include "docs/lowering/steps.h"

namespace lowering::step2 {

/// All that must outlive a wait. Made from top to bottom, destroyed from bottom to top.
struct Frame {
  Noted a;           // the parameters
  Arrival& arrival;  // (a reference is copied as a reference)
  Promise promise{};
  std::optional<Arrival::Awaiter> awaiter{};  // temporary, yet it lives across the wait
  std::optional<Noted> b{};                   // the local variable
  bool done = false;

  static void* operator new(std::size_t size) { return Promise::operator new(size); }
  static void operator delete(void* memory) { Promise::operator delete(memory); }
};

namespace {

void finish(Frame* frame) {
  frame->promise.final_suspend();
  frame->done = true;
}

// Called where an exception was caught.
void fail(Frame* frame) {
  frame->b.reset();
  frame->awaiter.reset();
  frame->promise.unhandled_exception();
  finish(frame);
}

void after_wait(Frame* frame) {
  try {
    frame->b.emplace(frame->awaiter->await_resume());
    frame->awaiter.reset();
    frame->promise.return_value(sum_of(frame->a, *frame->b));
    frame->b.reset();
  } catch (...) {
    return fail(frame);
  }
  finish(frame);
}

void before_wait(Frame* frame) {
  try {
    frame->awaiter.emplace(frame->arrival);
    if (!frame->awaiter->await_ready())
      return frame->awaiter->await_suspend(Handle{frame, after_wait});
  } catch (...) {
    return fail(frame);
  }
  after_wait(frame);
}

}  // namespace

Sum<Handle> add(Noted a, Arrival& arrival) {
  auto* frame = new Frame{.a = std::move(a), .arrival = arrival};
  frame->promise.initial_suspend();  // suspend_always: so nothing runs yet
  return Sum(Handle{frame, before_wait});
}

bool Handle::done() const { return frame->done; }
void Handle::destroy() const { delete frame; }
Promise& Handle::promise() const { return frame->promise; }

}  // namespace lowering::step2
