// The trap: a co_await in one branch of ?: alone. GCC 12 destroys what the branch that was not
// taken never made, or twice what the other made.
#include <string>

#include "trap.h"

using traps::Coroutine;

// Gives a text where it is awaited.
struct Text {
  bool await_ready() { return true; }
  void await_suspend(std::coroutine_handle<>) {}
  std::string await_resume() { return "a text that is too long to be kept inside a std::string"; }
};

namespace fault {

Coroutine<int> print(bool wanted) {
  const std::string text = wanted ? co_await Text() : std::string();
  std::printf("%s\n", text.c_str());
  co_return 0;
}

}  // namespace fault

namespace cure {

Coroutine<int> print(bool wanted) {
  std::string text;
  if (wanted) text = co_await Text();
  std::printf("%s\n", text.c_str());
  co_return 0;
}

}  // namespace cure

int main(int argc, char** argv) {
  return traps::run(
      argc, argv, [] { fault::print(true).resume(); }, [] { cure::print(true).resume(); });
}
