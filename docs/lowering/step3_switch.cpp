// Step 3: one function again. The frame notes where it stopped, and a switch goes on there.
#include <cstdlib>
#include <optional>
#include <utility>

#include "docs/lowering/steps.h"

namespace lowering::step3 {

enum class At { start, wait, end };

struct Frame {
  Noted a;
  Arrival& arrival;
  Promise promise{};
  std::optional<Arrival::Awaiter> awaiter{};
  std::optional<Noted> b{};
  At at = At::start;

  static void* operator new(std::size_t size) { return Promise::operator new(size); }
  static void operator delete(void* memory) { Promise::operator delete(memory); }
};

namespace {

void resume(Frame* frame) {
  auto& [a, arrival, promise, awaiter, b, at] = *frame;
  try {
    switch (at) {
    case At::start:
      // const Noted b = co_await arrival;
      awaiter.emplace(arrival);
      if (!awaiter->await_ready()) {
        at = At::wait;
        return awaiter->await_suspend(Handle{frame});
      }
      [[fallthrough]];
    case At::wait:
      b.emplace(awaiter->await_resume());
      awaiter.reset();

      // co_return sum_of(a, b);
      promise.return_value(sum_of(a, *b));
      b.reset();
      break;
    case At::end:
      std::abort();  // nobody may resume a coroutine that is done
    }
  } catch (...) {
    b.reset();
    awaiter.reset();
    promise.unhandled_exception();
  }
  at = At::end;
  promise.final_suspend();
}

}  // namespace

Sum<Handle> add(Noted a, Arrival& arrival) {
  auto* frame = new Frame{.a = std::move(a), .arrival = arrival};
  frame->promise.initial_suspend();
  return Sum(Handle{frame});
}

void Handle::resume() const { step3::resume(frame); }
bool Handle::done() const { return frame->at == At::end; }
void Handle::destroy() const { delete frame; }
Promise& Handle::promise() const { return frame->promise; }

}  // namespace lowering::step3
