// The loop's own promises: what is due soon, later, and how a turn is fair. What it promises like
// the loops before it is in tests/contract.
#include <unistd.h>

#include <functional>
#include <memory>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <system_error>

#include "common/trace/record.h"
#include "runtime_tools.h"
#include "stage5_native_coroutines/event.h"
#include "stage5_native_coroutines/task_group.h"

namespace {

using EventLoopTest = Runtime;

/// What is recorded while `run` runs: of the kinds that `kinds` match, one a line, in order.
std::string recorded(const char* kinds, const std::function<void()>& run) {
  std::string lines;
  common::trace::Recording recording([&](std::string_view more) { lines += more; }, "{}");
  run();
  recording.finish();
  const std::regex kind(std::string("\"kind\":\"(") + kinds + ")\"");
  std::string found;
  for (std::sregex_iterator each(lines.begin(), lines.end(), kind), end; each != end; ++each) {
    found += (*each)[1].str() + ' ';
  }
  return found;
}

Coroutine<> push(std::vector<int>* order, int what) {
  order->push_back(what);
  co_return;
}

TEST_F(EventLoopTest, CallSoonAndTasksAreOneQueueFirstInFirstOut) {
  std::vector<int> order;
  loop->call_soon([&] { order.push_back(1); });
  Task<> two(*loop, push(&order, 2));
  loop->call_soon([&] { order.push_back(3); });
  Task<> four(*loop, push(&order, 4));
  run();
  EXPECT_EQ(order, (std::vector{1, 2, 3, 4}));
}

TEST_F(EventLoopTest, CallSoonInACallbackWaitsForTheNextTurn) {
  std::vector<int> order;
  loop->call_soon([&] {
    order.push_back(1);
    loop->call_soon([&] { order.push_back(3); });
  });
  loop->call_soon([&] { order.push_back(2); });
  run();
  EXPECT_EQ(order, (std::vector{1, 2, 3}));
}

TEST_F(EventLoopTest, ARecordShowsACallThatIsCancelled) {
  EXPECT_EQ(recorded("soon|cancelled|call", [&] { loop->call_soon([] {}).cancel(); }),
            "soon cancelled ");
}

TEST_F(EventLoopTest, RecordShowsTasksBecomingDueAndNotDue) {
  // Due since it was made; asked to cancel, which makes it no more so; and gone before its turn.
  EXPECT_EQ(recorded("made|gone|wake|due|cancel|asleep|call",
                     [&] {
                       std::vector<int> order;
                       Task<> task(*loop, push(&order, 1));
                       task.cancel();
                     }),
            "made made wake due cancel gone asleep gone ");
  // Asked to cancel where it waits, so that it is due; and not after all, since that was taken
  // back.
  EXPECT_EQ(recorded("due|cancel|asleep|call|awaits|await|ended|set",
                     [&] {
                       Future<> future;
                       Task<> task(*loop, [](Future<>* awaited) -> Coroutine<> {
                         co_await *awaited;
                       }(&future));
                       loop->call_soon([&] {
                         task.cancel();
                         task.uncancel();
                         future.set_result();
                       });
                       run();
                     }),
            "due call awaits await call cancel due asleep set due call ended ");
}

TEST_F(EventLoopTest, CancelledHandleIsNotCalled) {
  bool called = false;
  auto handle = loop->call_soon([&] { called = true; });
  handle.cancel();
  handle.cancel();  // twice does nothing more
  run();
  EXPECT_FALSE(called);
}

TEST_F(EventLoopTest, DestroyedHandleIsStillCalled) {
  bool called = false;
  {
    [[maybe_unused]] const auto handle = loop->call_soon([&] { called = true; });
  }
  run();
  EXPECT_TRUE(called);
}

TEST_F(EventLoopTest, AHandleCanBeCancelledInItsOwnTurn) {
  std::vector<int> order;
  EventLoop::Handle second, third;
  loop->call_soon([&] {
    order.push_back(1);
    second.cancel();
    loop->call_soon([&] { third.cancel(); });
  });
  second = loop->call_soon([&] { order.push_back(2); });
  third = loop->call_soon([&] { order.push_back(3); });
  run();
  EXPECT_EQ(order, (std::vector{1, 3}));
}

TEST_F(EventLoopTest, CancellingAHandleAfterItsCallDoesNothing) {
  std::vector<int> order;
  auto first = loop->call_soon([&] { order.push_back(1); });
  loop->call_soon([&] {
    loop->call_soon([&] { order.push_back(2); });
    loop->call_soon([&] { order.push_back(3); });
    first.cancel();
  });
  run();
  first.cancel();
  EXPECT_EQ(order, (std::vector{1, 2, 3}));
}

TEST_F(EventLoopTest, ACallbackMayCancelItself) {
  EventLoop::Handle handle;
  int calls = 0;
  handle = loop->call_soon([&] {
    ++calls;
    handle.cancel();
  });
  run();
  EXPECT_EQ(calls, 1);
}

TEST_F(EventLoopTest, CallLaterAndCallAtKeepTheOrderOfTheirTimes) {
  std::vector<int> order;
  const auto now = Clock::now();
  const auto third = loop->call_later(milliseconds(20), [&] { order.push_back(3); });
  const auto first = loop->call_at(now - seconds(1), [&] { order.push_back(1); });
  const auto second = loop->call_at(now, [&] { order.push_back(2); });
  run();
  EXPECT_EQ(order, (std::vector{1, 2, 3}));
  EXPECT_GE(Clock::now(), now + milliseconds(20));
}

TEST_F(EventLoopTest, CancelledTimerDoesNotDelayTheEnd) {
  const auto start = Clock::now();
  auto timer = loop->call_later(seconds(60), [] {});
  loop->call_soon([&] { timer.cancel(); });
  run();
  EXPECT_LT(Clock::now() - start, seconds(30));
}

// Goes on in every turn, until `stop`.
Coroutine<> busy(EventLoop* loop, const bool* stop, int* turns) {
  while (!*stop && *turns < 1000) {
    ++*turns;
    Event next_turn;
    loop->call_soon([&next_turn] { next_turn.set(); });
    co_await next_turn.wait();
  }
}

TEST_F(EventLoopTest, AlwaysReadyTaskStarvesNoOther) {
  bool readable = false;
  bool rang = false;
  int turns[2] = {0, 0};
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ASSERT_EQ(::write(ends[1], "x", 1), 1);
  Task<> until_readable(*loop, busy(loop.get(), &readable, &turns[0]));
  Task<> until_it_rings(*loop, busy(loop.get(), &rang, &turns[1]));
  loop->register_fd(ends[0], common::event_read, [&] {
    readable = true;
    loop->unregister_fd(ends[0]);
  });
  const auto timer = loop->call_at(Clock::now(), [&] { rang = true; });
  run();
  ::close(ends[0]);
  ::close(ends[1]);
  EXPECT_LE(turns[0], 2);
  EXPECT_LE(turns[1], 2);
}

TEST_F(EventLoopTest, CallbackDestroyedWithTheLoopMayOwnTimers) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  struct Owned {
    explicit Owned(EventLoop& loop) : loop(loop) {}
    ~Owned() { handle.cancel(); }
    EventLoop& loop;
    EventLoop::Handle handle = loop.call_soon([] {});
    common::Timer timer = loop.call_later(seconds(60), [] {});
    std::optional<Registration> registration;
  };
  loop->call_soon([soon = std::make_shared<Owned>(*loop)] {});
  auto own = std::make_shared<Owned>(*loop);
  own->registration.emplace(*loop, ends[0], common::event_read, [own] {});
  own = std::make_shared<Owned>(*loop);
  own->registration.emplace(*loop, ends[1], common::event_write, [] {});
  own->timer = loop->call_later(seconds(60), [own] {});
  own.reset();
  loop.reset();
  ::close(ends[0]);
  ::close(ends[1]);
}

// Asks for more when it goes, `depth` times: for a callback that owns what needs the loop.
struct AsksForMore {
  AsksForMore(EventLoop& loop, int fd, int depth) : loop(loop), fd(fd), depth(depth) {}
  AsksForMore(const AsksForMore&) = delete;
  ~AsksForMore() {
    if (depth == 0) return;
    struct Owned {
      Owned(EventLoop& loop, int fd, int depth)
          : more(loop, fd, depth),
            task(loop, note_nothing()),
            registration(loop, fd, common::event_read, [] {}) {}
      static Coroutine<> note_nothing() { co_return; }
      AsksForMore more;  // goes last
      Task<> task;
      common::Timer timer;
      Registration registration;
    };
    auto owned = std::make_shared<Owned>(loop, fd, depth - 1);
    owned->timer = loop.call_later(seconds(60), [] {});
    loop.call_soon([owned] {});
  }
  EventLoop& loop;
  int fd;
  int depth;
};

TEST_F(EventLoopTest, DestructorsInTheLoopsEndMaySchedule) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  loop->call_soon([more = std::make_shared<AsksForMore>(*loop, ends[0], 3)] {});
  loop.reset();
  ::close(ends[0]);
  ::close(ends[1]);
}

struct CountingWatcher final : EventLoop::Watcher {
  void on_ready(common::Events) override { ++calls; }
  int calls = 0;
};

TEST_F(EventLoopTest, ForgetsNothingThatIsRegistered) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  int calls = 0;
  loop->register_fd(ends[1], common::event_write, [&] {
    ++calls;
    EXPECT_THROW(loop->forget(ends[1]), std::logic_error);
    loop->unregister_fd(ends[1]);
  });
  EXPECT_THROW(loop->forget(ends[1]), std::logic_error);
  EXPECT_THROW(loop->forget(ends[0]), std::logic_error) << "never heard of";
  EXPECT_THROW(loop->forget(-1), std::logic_error);
  run();  // and ends
  EXPECT_EQ(calls, 1);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_F(EventLoopTest, UnregistersNothingThatIsWatched) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  CountingWatcher watcher;
  EXPECT_THROW(loop->watch(ends[1], 0, watcher), std::logic_error);
  EXPECT_THROW(loop->watch(-1, common::event_write, watcher), std::logic_error);
  run();  // ends, since nothing is watched
  loop->watch(ends[1], common::event_write, watcher);
  EXPECT_THROW(loop->unregister_fd(ends[1]), std::logic_error);
  EXPECT_THROW(loop->watch(ends[1], 0, watcher), std::logic_error);
  const auto timer = loop->call_later(std::chrono::milliseconds(1), [&] { loop->forget(ends[1]); });
  run();  // ends once it is forgotten
  EXPECT_EQ(watcher.calls, 1);
  EXPECT_EQ(loop->counts().registered, loop->counts().unregistered);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_F(EventLoopTest, ALoopThatRunsCannotBeRun) {
  std::string what;
  loop->call_soon([&] {
    try {
      loop->run();
    } catch (const std::logic_error& caught) {
      what = caught.what();
    }
  });
  run();
  EXPECT_EQ(what, "this event loop runs already");
  run();  // and it has recovered
}

TEST_F(EventLoopTest, FailedSelectorIsReportedEachTime) {
  const int lowest = ::dup(STDIN_FILENO);
  ::close(lowest);
  EventLoop broken(common::Selector::Kind::epoll);  // takes that descriptor, and loses it
  ASSERT_EQ(::dup2(STDIN_FILENO, lowest), lowest);
  const auto timer = broken.call_later(seconds(60), [] {});
  EXPECT_THROW(broken.run(), std::system_error);
  EXPECT_THROW(broken.run(), std::system_error);  // it does not run still
}

TEST_F(EventLoopTest, DebugNamesATaskThatHoldsTheOthersUp) {
  auto hold_up = []() -> Coroutine<> {
    const auto until = Clock::now() + milliseconds(101);
    while (Clock::now() < until) continue;
    co_return;
  };
  loop->set_debug(true);
  Task<> slow(*loop, hold_up(), "slow one");
  Task<> quick(*loop, []() -> Coroutine<> { co_return; }(), "quick one");
  testing::internal::CaptureStderr();
  run();
  const auto printed = testing::internal::GetCapturedStderr();
  EXPECT_NE(printed.find("the task 'slow one' held all others up for 0.1"), std::string::npos)
      << printed;
  EXPECT_EQ(printed.find("quick one"), std::string::npos) << printed;
}

TEST_F(EventLoopTest, DebugNamesATaskDestroyedByItsSlowStep) {
  auto body = [](TaskGroup* group) -> Coroutine<> {
    auto hold_up = []() -> Coroutine<> {
      const auto until = Clock::now() + milliseconds(101);
      while (Clock::now() < until) continue;
      co_return;
    };
    group->create_task(hold_up(), "a child whose name is kept elsewhere");
    co_return;
  };
  loop->set_debug(true);
  testing::internal::CaptureStderr();
  run(with_task_group(body));
  const auto printed = testing::internal::GetCapturedStderr();
  EXPECT_NE(printed.find("the task 'a child whose name is kept elsewhere' held"), std::string::npos)
      << printed;
}

TEST_F(EventLoopTest, SlowStepIsNotReportedWithoutDebug) {
  auto hold_up = []() -> Coroutine<> {
    const auto until = Clock::now() + milliseconds(101);
    while (Clock::now() < until) continue;
    co_return;
  };
  Task<> slow(*loop, hold_up());
  testing::internal::CaptureStderr();
  run();
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
