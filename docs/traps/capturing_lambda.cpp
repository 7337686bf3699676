// The trap: a lambda that captures, and is a coroutine. What it captured is in the lambda, not in
// the coroutine's frame.
#include "trap.h"

using traps::Coroutine;

namespace fault {

Coroutine<int> add_later(int number) {
  return [number](int other) -> Coroutine<int> { co_return number + other; }(1);
}  // the lambda is gone here, and the coroutine has not even begun

}  // namespace fault

namespace cure {

Coroutine<int> add_later(int number) {
  return [](int number, int other) -> Coroutine<int> { co_return number + other; }(number, 1);
}

}  // namespace cure

void print_sum(Coroutine<int> sum) {
  sum.resume();
  std::printf("the sum is %d\n", sum.result());
}

int main(int argc, char** argv) {
  return traps::run(
      argc, argv, [] { print_sum(fault::add_later(41)); }, [] { print_sum(cure::add_later(41)); });
}

// A variable that is used after its function has returned is found only when asked for.
extern "C" const char* __asan_default_options() { return "detect_stack_use_after_return=1"; }
