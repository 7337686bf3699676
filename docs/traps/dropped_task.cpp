// The trap: a coroutine that is dropped while somebody still means to resume it.
#include "trap.h"

using traps::Coroutine;
using traps::Signal;

namespace fault {

Coroutine<int> greet(Signal& signal) {
  co_await signal;
  std::puts("hello");
  co_return 0;
}

}  // namespace fault

namespace cure {

// The wait is an object in the frame. When the frame goes, the wait goes, and leaves the queue.
class Wait {
 public:
  explicit Wait(Signal& signal) : signal_(signal) {}
  Wait(const Wait&) = delete;
  Wait& operator=(const Wait&) = delete;
  ~Wait() { signal_.forget(handle_); }

  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> handle) {
    handle_ = handle;
    signal_.operator co_await().await_suspend(handle);
  }
  void await_resume() {}

 private:
  Signal& signal_;
  std::coroutine_handle<> handle_;
};

Coroutine<int> greet(Signal& signal) {
  co_await Wait(signal);
  std::puts("hello");
  co_return 0;
}

}  // namespace cure

void drop(auto greet) {
  Signal signal;
  {
    auto task = greet(signal);
    task.resume();  // up to its wait
  }  // dropped
  signal.set();
  std::puts("nobody was there to greet");
}

int main(int argc, char** argv) {
  return traps::run(argc, argv, [] { drop(fault::greet); }, [] { drop(cure::greet); });
}
