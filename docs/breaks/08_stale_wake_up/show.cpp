// A machine asks one server, gives up on it, and asks another. The first answer arrives in the turn
// of the timeout.
#include <cstdio>
#include <stdexcept>

#include "stage3_future_task/task.h"

using namespace stage3;

struct AskTwo {
  Step<Value> resume(Sent& sent) {
    switch (std::exchange(state, 3)) {
    case 0:
      sent.take();
      state = 1;
      return Yielded{first};
    case 1:
      try {
        std::printf("the first server says: %s\n", sent.take().c_str());
      } catch (const std::runtime_error& error) {
        std::printf("the first server: %s\n", error.what());
      }
      state = 2;
      return Yielded{second};
    case 2:
      std::printf("the second server says: %s\n", sent.take().c_str());
      return Value();
    }
    throw std::logic_error("resumed after it had finished");
  }

  std::shared_ptr<Future> first, second;
  int state = 0;
};

int main() {
  std::setvbuf(stdout, nullptr, _IONBF, 0);  // so that a crash loses no line
  EventLoop loop;
  const auto first = std::make_shared<Future>();
  const auto second = std::make_shared<Future>();
  Task task(loop, std::make_unique<AskTwo>(AskTwo{first, second}));
  loop.call_soon([&] {
    first->set_result("I am the first");  // queues a wake-up
    task.throw_(std::make_exception_ptr(std::runtime_error("timed out")));
  });
  const auto later = loop.call_at(common::Clock::now() + std::chrono::milliseconds(20),
                                  [&] { second->set_result("I am the second"); });
  loop.run();
}
