// The trap: a reference that is taken before a wait and used after it. Others have run in between.
#include <string>
#include <vector>

#include "trap.h"

using traps::Coroutine;
using traps::Signal;

std::vector<std::string> pages = {"the first page"};

namespace fault {

Coroutine<int> print_first(Signal& signal) {
  const std::string& first = pages.front();
  co_await signal;
  std::printf("%s\n", first.c_str());
  co_return 0;
}

}  // namespace fault

namespace cure {

Coroutine<int> print_first(Signal& signal) {
  co_await signal;
  const std::string& first = pages.front();
  std::printf("%s\n", first.c_str());
  co_return 0;
}

}  // namespace cure

void print_while_pages_come(auto print_first) {
  Signal signal;
  auto printing = print_first(signal);
  printing.resume();
  pages.emplace_back("another page");  // moves the first one
  signal.set();
}

int main(int argc, char** argv) {
  return traps::run(
      argc, argv, [] { print_while_pages_come(fault::print_first); },
      [] { print_while_pages_come(cure::print_first); });
}
