// The trap: an aggregate whose members are awaited in its braces. GCC 12 destroys them twice.
#include <string>

#include "trap.h"

using traps::Coroutine;

// Gives a text where it is awaited.
struct Text {
  bool await_ready() { return true; }
  void await_suspend(std::coroutine_handle<>) {}
  std::string await_resume() { return "a text that is too long to be kept inside a std::string"; }
};

struct Page {
  std::string title;
  std::string body;
};

void show(const Page& page) { std::printf("%s\n%s\n", page.title.c_str(), page.body.c_str()); }

namespace fault {

Coroutine<int> print() {
  show(Page{co_await Text(), co_await Text()});
  co_return 0;
}

}  // namespace fault

namespace cure {

Coroutine<int> print() {
  auto title = co_await Text();
  auto body = co_await Text();
  show(Page{std::move(title), std::move(body)});
  co_return 0;
}

}  // namespace cure

int main(int argc, char** argv) {
  return traps::run(argc, argv, [] { fault::print().resume(); }, [] { cure::print().resume(); });
}
