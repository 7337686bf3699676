// A task asks a slow server again whenever its time limit of 50 ms has passed. After 20 ms
// something cancels the task.
#include <cstdio>

#include "stage5_native_coroutines/timeout.h"

using namespace stage5;

Coroutine<> never() {
  Future<> answer;
  co_await answer;
}

Coroutine<> ask() {
  for (int tries = 1; tries <= 3; ++tries) {
    try {
      co_await timeout(common::Clock::now() + std::chrono::milliseconds(50), never());
    } catch (const std::system_error&) {
      std::printf("try %d: timed out\n", tries);
    }
  }
}

int main() {
  EventLoop loop;
  Task<> task(loop, ask());
  const auto timer = loop.call_later(std::chrono::milliseconds(20), [&] {
    std::puts("cancel!");
    task.cancel();
  });
  loop.run();
  std::puts(task.cancelled() ? "the task is cancelled" : "the task has gone on to its end");
}
