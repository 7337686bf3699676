// Step 4: the frame as compilers lay it out. Two pointers to functions come first, then the
// promise; and no variable is asked whether it lives, since the place where the coroutine stands
// tells.
#include <cstdlib>
#include <memory>
#include <utility>

#include "docs/lowering/steps.h"

namespace lowering::step4 {

namespace {

/// Where it stands, which is also what lives.
enum class At { start, wait, have_b, end };

/// Room for a T that others make and destroy.
template <class T>
union Room {
  Room() {}
  ~Room() {}
  T it;
};

struct Frame : Head {
  Room<Promise> promise;
  Noted a;
  Arrival& arrival;
  Room<Arrival::Awaiter> awaiter{};
  Room<Noted> b{};
  At at = At::start;

  static void* operator new(std::size_t size) { return Promise::operator new(size); }
  static void operator delete(void* memory) { Promise::operator delete(memory); }
};

// Destroys what lives besides parameters and promise.
void leave(Frame* frame) {
  if (frame->at == At::wait) std::destroy_at(&frame->awaiter.it);
  if (frame->at == At::have_b) std::destroy_at(&frame->b.it);
}

void resume(Head* head) {
  auto* frame = static_cast<Frame*>(head);
  auto& promise = frame->promise.it;
  auto& awaiter = frame->awaiter.it;
  auto& b = frame->b.it;
  try {
    switch (frame->at) {
    case At::start:
      // const Noted b = co_await arrival;
      std::construct_at(&awaiter, frame->arrival);
      frame->at = At::wait;
      if (!awaiter.await_ready()) return awaiter.await_suspend(AnyHandle{frame});
      [[fallthrough]];
    case At::wait:
      std::construct_at(&b, awaiter.await_resume());
      frame->at = At::have_b;
      std::destroy_at(&awaiter);

      // co_return sum_of(a, b);
      promise.return_value(sum_of(frame->a, b));
      leave(frame);
      break;
    case At::have_b:
    case At::end:
      std::abort();  // it never stops there, or for good
    }
  } catch (...) {
    leave(frame);
    promise.unhandled_exception();
  }
  frame->at = At::end;
  frame->resume = nullptr;
  promise.final_suspend();
}

void destroy(Head* head) {
  auto* frame = static_cast<Frame*>(head);
  leave(frame);
  std::destroy_at(&frame->promise.it);
  delete frame;  // the parameters, then the memory
}

}  // namespace

Sum<Handle> add(Noted a, Arrival& arrival) {
  auto* frame = new Frame{{resume, destroy}, {}, std::move(a), arrival};
  std::construct_at(&frame->promise.it);
  frame->promise.it.initial_suspend();
  return Sum(Handle{frame});
}

Promise& Handle::promise() const { return static_cast<Frame*>(head)->promise.it; }

}  // namespace lowering::step4
