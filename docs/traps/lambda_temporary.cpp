// The trap: a capturing lambda as a temporary within a co_await. GCC 12 destroys it twice.
#include <string>

#include "trap.h"

using traps::Coroutine;

// Calls `act` where it is awaited.
template <class Act>
struct Call {
  explicit Call(Act act) : act(std::move(act)) {}
  bool await_ready() { return true; }
  void await_suspend(std::coroutine_handle<>) {}
  void await_resume() { act(); }
  Act act;
};

namespace fault {

Coroutine<int> print(std::string text) {
  co_await Call([text] { std::printf("%s\n", text.c_str()); });
  co_return 0;
}

}  // namespace fault

namespace cure {

Coroutine<int> print(std::string text) {
  const auto act = [text] { std::printf("%s\n", text.c_str()); };
  co_await Call(act);
  co_return 0;
}

}  // namespace cure

void print_text(auto print) {
  print(std::string("a text that is too long to be kept inside a std::string")).resume();
}

int main(int argc, char** argv) {
  return traps::run(argc, argv, [] { print_text(fault::print); }, [] { print_text(cure::print); });
}
