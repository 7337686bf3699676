// A program whose tasks wait in every way that the debugger has to tell of, for an hour.
#include <chrono>
#include <string>

#include "stage5_native_coroutines/coroutine.h"
#include "stage5_native_coroutines/event_loop.h"
#include "stage5_native_coroutines/future.h"
#include "stage5_native_coroutines/task.h"
#include "stage5_native_coroutines/task_group.h"

namespace {

using stage5::Coroutine;
using stage5::EventLoop;
using stage5::Future;
using stage5::Task;

Coroutine<int> ask(Future<int>* answer) { co_return co_await *answer + 1; }
Coroutine<int> follow(Task<int>* asking) { co_return co_await *asking; }
Coroutine<std::string> nothing_to_wait_for() { co_return "done at once"; }
Coroutine<> children(stage5::TaskGroup* group, Future<int>* answer) {
  group->create_task([](Future<int>* answer) -> Coroutine<> { co_await *answer; }(answer), "child");
  co_return;
}
Coroutine<> group(Future<int>* answer) { co_await stage5::with_task_group(children, answer); }

}  // namespace

int main() {
  EventLoop loop;
  Future<int> answer;
  Future<> ready;
  ready.set_result();
  Task<int> asking(loop, ask(&answer), "asking");
  const Task<int> following(loop, follow(&asking), "following");
  const Task<> grouping(loop, group(&answer), "grouping");
  const Task<std::string> short_one(loop, nothing_to_wait_for());
  const Coroutine<std::string> unstarted = nothing_to_wait_for();
  const auto timer = loop.call_later(std::chrono::hours(1), [&answer] { answer.set_result(41); });
  loop.run();
}
