// The trap: a temporary of an aggregate type within a co_await. GCC 12 destroys it twice.
#include <string>

#include "trap.h"

using traps::Coroutine;

namespace fault {

struct Print {
  std::string text;
  bool await_ready() { return true; }
  void await_suspend(std::coroutine_handle<>) {}
  void await_resume() { std::printf("%s\n", text.c_str()); }
};

Coroutine<int> print() {
  co_await Print{"a text that is too long to be kept inside a std::string"};
  co_return 0;
}

}  // namespace fault

namespace cure {

struct Print {
  explicit Print(std::string text) : text(std::move(text)) {}  // no aggregate any more
  std::string text;
  bool await_ready() { return true; }
  void await_suspend(std::coroutine_handle<>) {}
  void await_resume() { std::printf("%s\n", text.c_str()); }
};

Coroutine<int> print() {
  co_await Print{"a text that is too long to be kept inside a std::string"};
  co_return 0;
}

}  // namespace cure

int main(int argc, char** argv) {
  return traps::run(argc, argv, [] { fault::print().resume(); }, [] { cure::print().resume(); });
}
