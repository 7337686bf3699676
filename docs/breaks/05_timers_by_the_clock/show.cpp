// The answer is there after 10 ms and its deadline is after 20 ms, but a slow callback keeps the
// loop busy for 30 ms.
#include <unistd.h>

#include <array>
#include <cstdio>
#include <thread>

#include "stage2_callbacks/event_loop.h"

int main() {
  using std::chrono::milliseconds;
  stage2::EventLoop loop;
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) return 1;
  auto deadline = loop.call_at(common::Clock::now() + milliseconds(20), [&] {
    std::puts("the deadline has passed: the answer counts as late");
    loop.stop();
  });
  loop.register_fd(ends[0], common::event_read, [&](auto&&...) {
    std::puts("the answer is here, in time");
    loop.stop();
  });
  // Called by the second turn, so that the loop has asked the selector once before.
  loop.call_soon([&] {
    loop.call_soon([&] {
      std::this_thread::sleep_for(milliseconds(10));
      if (::write(ends[1], "x", 1) != 1) std::puts("the pipe is broken");
      std::this_thread::sleep_for(milliseconds(20));
    });
  });
  loop.run();
  loop.unregister_fd(ends[0]);
}
