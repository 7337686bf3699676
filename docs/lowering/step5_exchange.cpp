// Step 5: the proof. What was made by hand and what the compiler made are exchanged, and nobody
// notices.
//
// The standard leaves it to compilers how a frame looks, so no program should rely on this; GCC and
// Clang share it so that their coroutines can resume one another. It is a source file of its own
// for a reason: a compiler that sees both ends may notice that a function is called here by another
// convention than it was made for.
#include <utility>

#include "docs/lowering/steps.h"

namespace lowering::step5 {

Sum<step1::Handle> add_by_hand(Noted a, Arrival& arrival) {
  step4::Handle by_hand = step4::add(std::move(a), arrival).release();
  return Sum(step1::Handle::from_address(by_hand.head));
}

Sum<step4::Handle> add_by_compiler(Noted a, Arrival& arrival) {
  step1::Handle by_compiler = step1::add(std::move(a), arrival).release();
  return Sum(step4::Handle{static_cast<step4::Head*>(by_compiler.address())});
}

}  // namespace lowering::step5
