// The trap: a coroutine's parameter that is a reference. The frame gets a copy of the reference,
// not of what it refers to.
#include <string>

#include "trap.h"

using traps::Coroutine;

namespace fault {

Coroutine<std::size_t> length(const std::string& text) { co_return text.size(); }

}  // namespace fault

namespace cure {

Coroutine<std::size_t> length(std::string text) { co_return text.size(); }

}  // namespace cure

void measure(auto length) {
  auto coroutine = length(std::string("a temporary"));  // gone at the end of this line
  coroutine.resume();
  std::printf("the length is %zu\n", coroutine.result());
}

int main(int argc, char** argv) {
  return traps::run(argc, argv, [] { measure(fault::length); }, [] { measure(cure::length); });
}
