// A result arrives. In the same turn the task is cancelled, and the cancel is taken back.
#include <cstdio>

#include "stage5_native_coroutines/coroutine.h"
#include "stage5_native_coroutines/future.h"
#include "stage5_native_coroutines/task.h"

using namespace stage5;

Coroutine<> wait_for(Future<int>* future) {
  std::printf("the task has its result: %d\n", co_await *future);
}

int main() {
  EventLoop loop;
  Future<int> future;
  Task<> task(loop, wait_for(&future));
  const auto timer = loop.call_later(std::chrono::milliseconds(20), [&] {
    future.set_result(7);
    task.cancel();
    task.uncancel();
  });
  loop.run();
  if (!task.done()) std::puts("the loop has nothing left to do, and the task still waits");
}
