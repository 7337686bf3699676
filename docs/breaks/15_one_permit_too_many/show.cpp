// One permit. `late` comes in the turn in which the permit was handed to `early`, who has waited
// for it.
#include <cstdio>

#include "stage5_native_coroutines/event_loop.h"
#include "stage5_native_coroutines/semaphore.h"
#include "stage5_native_coroutines/task.h"

using namespace stage5;

Coroutine<> take(Semaphore* permits, const char* name) {
  co_await permits->acquire();
  std::printf("%s has a permit\n", name);
  permits->release();
}

int main() {
  EventLoop loop;
  Semaphore permits(0);
  Task<> early(loop, take(&permits, "early"), "early");
  std::optional<Task<>> late;
  loop.call_soon([&] {
    std::puts("two permits are given back, and early is handed one of them");
    permits.release();
    permits.release();
    if (permits.try_acquire())
      std::puts("somebody who has just come takes the other before early goes on");
  });
  loop.run();
}
