// What the parts cost that the stages are made of, without a network: `each` is the time of one.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/net/selector.h"
#include "common/net/timer_queue.h"
#include "stage2_callbacks/event_loop.h"
#include "stage3_future_task/event_loop.h"
#include "stage3_future_task/future.h"
#include "stage3_future_task/task.h"
#include "stage4_yield_from/event_loop.h"
#include "stage4_yield_from/future.h"
#include "stage4_yield_from/task.h"
#include "stage4_yield_from/yield_from.h"
#include "stage5_native_coroutines/event_loop.h"
#include "stage5_native_coroutines/future.h"
#include "stage5_native_coroutines/task.h"

namespace {

using benchmark::State;

/// `count` of what is measured was done in each iteration.
void report_each(State& state, std::size_t count) {
  using benchmark::Counter;
  state.counters["each"] =
      Counter(static_cast<double>(count),
              Counter::Flags(Counter::kIsIterationInvariantRate | Counter::kInvert));
}

// Stages 3 and 4 have the same parts under the same names.
struct Stage3 {
  using EventLoop = stage3::EventLoop;
  using Future = stage3::Future;
  using Sent = stage3::Sent;
  using Yielded = stage3::Yielded;
  using Step = stage3::Step<stage3::Value>;
  template <class Machine>
  using Task = stage3::Task<Machine>;
};
struct Stage4 {
  using EventLoop = stage4::EventLoop;
  using Future = stage4::Future;
  using Sent = stage4::Sent;
  using Yielded = stage4::Yielded;
  using Step = stage4::Step<stage4::Value>;
  template <class Machine>
  using Task = stage4::Task<Machine>;
};

// ---- a callback through the loop
// -----------------------------------------------------------------

constexpr std::size_t callbacks = 1000;

template <class EventLoop>
void callback(State& state) {
  EventLoop loop;
  std::size_t called = 0;
  for (auto _ : state) {
    for (std::size_t i = 0; i < callbacks; ++i) loop.call_soon([&called] { ++called; });
    loop.run();
  }
  benchmark::DoNotOptimize(called);
  report_each(state, callbacks);
}

// ---- a Future is set, and its Task goes on
// -------------------------------------------------------

constexpr std::size_t tasks = 16;  // side by side, so that a turn of the loop is shared
constexpr std::size_t waits = 16'000;

/// Stops the loop after so many waits, of all tasks.
template <class EventLoop>
struct Waits {
  EventLoop loop;
  std::size_t left = 0;

  void one_is_over() {
    if (--left == 0) loop.stop();
  }
  void run() {
    left = waits;
    loop.run();
  }
};

/// Waits for ever, each time for a Future that a callback of the loop sets.
template <class Stage>
class Waiter {
 public:
  explicit Waiter(Waits<typename Stage::EventLoop>& all) : all_(all) {}

  typename Stage::Step resume(typename Stage::Sent& sent) {
    sent.take();
    if (std::exchange(waiting_, true)) all_.one_is_over();
    auto future = std::make_shared<typename Stage::Future>();
    all_.loop.call_soon([future] { future->set_result({}); });
    return typename Stage::Yielded{future};
  }

 private:
  Waits<typename Stage::EventLoop>& all_;
  bool waiting_ = false;
};

stage5::Coroutine<> wait_natively(Waits<stage5::EventLoop>* all) {
  for (;;) {
    stage5::Future<> future;
    all->loop.call_soon([&future] { future.set_result(); });
    co_await future;
    all->one_is_over();
  }
}

/// Has `tasks` of what `make` makes wait side by side.
template <class Task, class EventLoop>
void run_tasks(State& state, auto make) {
  Waits<EventLoop> all;
  std::deque<Task> running;
  for (std::size_t i = 0; i < tasks; ++i) running.emplace_back(all.loop, make(all));
  for (auto _ : state) all.run();
  report_each(state, waits);
}

template <class Stage, class Machine>
void run_machines(State& state, auto... arguments) {
  run_tasks<typename Stage::template Task<Machine>, typename Stage::EventLoop>(
      state, [=](auto& all) { return std::make_unique<Machine>(all, arguments...); });
}

void run_coroutines(State& state, auto function, auto... arguments) {
  run_tasks<stage5::Task<>, stage5::EventLoop>(
      state, [=](auto& all) { return function(&all, arguments...); });
}

// ---- the same through a chain of machines, or of coroutines
// --------------------------------------

class Delegates {
 public:
  Delegates(Waits<stage4::EventLoop>& all, std::int64_t depth) {
    if (depth > 2) {
      child_ = std::make_unique<Delegates>(all, depth - 1);
    } else {
      innermost_.emplace(all);
    }
  }

  Stage4::Step resume(stage4::Sent& sent) {
    return child_ ? stage4::yield_from(*child_, sent) : stage4::yield_from(*innermost_, sent);
  }

 private:
  std::unique_ptr<Delegates> child_;
  std::optional<Waiter<Stage4>> innermost_;
};

stage5::Coroutine<> delegate_natively(Waits<stage5::EventLoop>* all, std::int64_t depth) {
  if (depth > 2) {
    co_await delegate_natively(all, depth - 1);
  } else {
    co_await wait_natively(all);
  }
}

void resume_at_depth(State& state) {
  if (state.range(0) == 1) return run_machines<Stage4, Waiter<Stage4>>(state);
  run_machines<Stage4, Delegates>(state, state.range(0));
}

void resume_natively_at_depth(State& state) {
  if (state.range(0) == 1) return run_coroutines(state, wait_natively);
  run_coroutines(state, delegate_natively, state.range(0));
}

// ---- a Task begins and ends
// ----------------------------------------------------------------------

constexpr std::size_t spawned = 1000;

template <class Stage>
struct Returns {
  typename Stage::Step resume(typename Stage::Sent& sent) {
    sent.take();
    return std::string();
  }
};

stage5::Coroutine<> returns_natively() { co_return; }

template <class Stage>
void spawn_and_join(State& state) {
  using Machine = Returns<Stage>;
  typename Stage::EventLoop loop;
  for (auto _ : state) {
    std::deque<typename Stage::template Task<Machine>> running;
    std::size_t done = 0;
    for (std::size_t i = 0; i < spawned; ++i) {
      running.emplace_back(loop, std::make_unique<Machine>()).add_done_callback([&] { ++done; });
    }
    loop.run();
    if (done != spawned) state.SkipWithError("a task did not end");
  }
  report_each(state, spawned);
}

void spawn_and_join_natively(State& state) {
  stage5::EventLoop loop;
  for (auto _ : state) {
    std::deque<stage5::Task<>> running;
    std::size_t done = 0;
    for (std::size_t i = 0; i < spawned; ++i) {
      running.emplace_back(loop, returns_natively()).add_done_callback([&] { ++done; });
    }
    loop.run();
    if (done != spawned) state.SkipWithError("a task did not end");
  }
  report_each(state, spawned);
}

// ---- timers, and the kernel's two ways to wait
// ---------------------------------------------------

void add_and_cancel_a_timer(State& state) {
  common::TimerQueue queue;
  std::vector<common::Timer> others;
  const auto later = common::Clock::now() + std::chrono::hours(1);
  for (int i = 0; i < state.range(0); ++i) {
    others.push_back(queue.call_at(later + std::chrono::milliseconds(i % 97), [] {}));
  }
  for (auto _ : state) {
    const auto timer = queue.call_at(later, [] {});
    benchmark::DoNotOptimize(&timer);
  }
  report_each(state, 1);
}

/// Asks for what is ready: one of many descriptors.
void select_among_idle(State& state, common::Selector::Kind kind) {
  int idle[2];
  int ready[2];
  if (::pipe(idle) != 0 || ::pipe(ready) != 0 || ::write(ready[1], "!", 1) != 1) {
    state.SkipWithError("no pipe");
    return;
  }
  std::vector<int> descriptors = {idle[0], ready[0]};
  while (descriptors.size() < static_cast<std::size_t>(state.range(0)) + 1) {
    descriptors.push_back(::dup(idle[0]));
  }
  if (descriptors.back() < 0) {
    state.SkipWithError("too few descriptors are allowed (ulimit -Hn)");
  } else {
    const auto selector = common::Selector::make(kind);
    for (const int fd : descriptors) selector->register_fd(fd, common::event_read);
    for (auto _ : state) {
      const auto answer = selector->select(common::Duration::zero());
      if (answer.size() != 1) state.SkipWithError("one descriptor should be ready");
    }
    report_each(state, 1);
  }
  descriptors.insert(descriptors.end(), {idle[1], ready[1]});
  for (const int fd : descriptors) ::close(fd);
}

auto* add(const std::string& name, auto function) {
  return benchmark::RegisterBenchmark(("mechanism/" + name).c_str(), function);
}

}  // namespace

void add_mechanism_benchmarks() {
  add("callback/stage2", callback<stage2::EventLoop>);
  add("callback/stage3", callback<stage3::EventLoop>);
  add("callback/stage4", callback<stage4::EventLoop>);
  add("callback/stage5", callback<stage5::EventLoop>);
  add("future_wakes_task/stage3", run_machines<Stage3, Waiter<Stage3>>);
  add("future_wakes_task/stage4", run_machines<Stage4, Waiter<Stage4>>);
  add("future_wakes_task/stage5", [](State& state) { run_coroutines(state, wait_natively); });
  add("resume_at_depth/stage4", resume_at_depth)->RangeMultiplier(10)->Range(1, 1000);
  add("resume_at_depth/stage5", resume_natively_at_depth)->RangeMultiplier(10)->Range(1, 1000);
  add("spawn_and_join/stage3", spawn_and_join<Stage3>);
  add("spawn_and_join/stage4", spawn_and_join<Stage4>);
  add("spawn_and_join/stage5", spawn_and_join_natively);
  add("timer/add_and_cancel", add_and_cancel_a_timer)->Arg(0)->Arg(1000)->Arg(100'000);
  const auto select = [](const std::string& name, common::Selector::Kind kind) {
    add("idle_descriptors/" + name, [kind](State& state) { select_among_idle(state, kind); })
        ->RangeMultiplier(10)
        ->Range(10, 10'000);
  };
  select("epoll", common::Selector::Kind::epoll);
  select("poll", common::Selector::Kind::poll);
}
