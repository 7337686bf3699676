// A callback that always asks for itself again, and a timer that should end the run after 50 ms.
#include <cstdio>
#include <functional>

#include "stage2_callbacks/event_loop.h"

int main() {
  stage2::EventLoop loop;
  long calls = 0;
  std::function<void()> again = [&] {
    ++calls;
    loop.call_soon(again);
  };
  loop.call_soon(again);
  const auto timer = loop.call_at(common::Clock::now() + std::chrono::milliseconds(50), [&] {
    std::puts("the timer fires");
    loop.stop();
  });
  loop.run();
  std::puts(calls > 1 ? "the callback was called again and again" : "the callback was called once");
}
