// Step 1: the compiler does it all.
#include "docs/lowering/steps.h"

namespace lowering::step1 {

// The arrival outlives the wait here: all who call this see to it.
// NOLINTBEGIN(cppcoreguidelines-avoid-reference-coroutine-parameters)

Sum<Handle> add(Noted a, Arrival& arrival) {
  const Noted b = co_await arrival;
  co_return sum_of(a, b);
}

// NOLINTEND(cppcoreguidelines-avoid-reference-coroutine-parameters)

}  // namespace lowering::step1
