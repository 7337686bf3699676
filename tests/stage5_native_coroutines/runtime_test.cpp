// Stage 5's runtime: Coroutine, Task, Future, gather, timeout, Semaphore. Test names say what
// asyncio does in the same place.
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "common/net/clock.h"
#include "stage5_native_coroutines/event_loop.h"
#include "stage5_native_coroutines/future.h"
#include "stage5_native_coroutines/gather.h"
#include "stage5_native_coroutines/semaphore.h"
#include "stage5_native_coroutines/task.h"
#include "stage5_native_coroutines/task_group.h"
#include "stage5_native_coroutines/timeout.h"

namespace {

using namespace stage5;
using common::Clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Counts how many live. One in each coroutine's frame tells whether it was destroyed.
struct Counted {
  Counted() { ++alive; }
  Counted(const Counted&) = delete;
  ~Counted() { --alive; }
  inline static int alive = 0;
};

class Runtime : public testing::Test {
 protected:
  ~Runtime() override { EXPECT_EQ(Counted::alive, 0) << "a coroutine's locals were not destroyed"; }
  EventLoop loop;
};

std::exception_ptr error(const char* text) {
  return std::make_exception_ptr(std::runtime_error(text));
}

Coroutine<std::string> value(std::string text) { co_return text; }

Coroutine<int> failing() {
  throw std::runtime_error("broken");
  co_return 0;
}

// Waits for `future` through `depth` coroutines.
Coroutine<std::string> nested(int depth, Future<std::string>* future) {
  Counted counted;
  if (depth == 0) co_return co_await *future;
  co_return co_await nested(depth - 1, future);
}

// ---- Coroutine
// -----------------------------------------------------------------------------------------------------

TEST_F(Runtime, ACoroutineStartsOnlyWhenItIsAwaited) {
  bool started = false;
  auto make = [](bool* flag) -> Coroutine<> {
    *flag = true;
    co_return;
  };
  auto coroutine = make(&started);
  EXPECT_FALSE(started);
  run_until_complete(loop, std::move(coroutine));
  EXPECT_TRUE(started);
}

TEST_F(Runtime, ACoroutineThatIsNeverAwaitedIsDestroyedWithItsParameters) {
  auto make = [](std::shared_ptr<int>) -> Coroutine<> { co_return; };
  auto parameter = std::make_shared<int>(1);
  {
    auto coroutine = make(parameter);
  }
  EXPECT_EQ(parameter.use_count(), 1);
}

TEST_F(Runtime, AwaitingGivesWhatTheCoroutineReturned) {
  auto main = []() -> Coroutine<std::string> {
    co_return co_await value("a") + co_await value("b");
  };
  EXPECT_EQ(run_until_complete(loop, main()), "ab");
}

TEST_F(Runtime, AwaitingThrowsWhatTheCoroutineThrewWhereTryCatchesIt) {
  auto main = []() -> Coroutine<std::string> {
    try {
      co_await failing();
    } catch (const std::runtime_error& caught) {
      co_return caught.what();
    }
    co_return "nothing";
  };
  EXPECT_EQ(run_until_complete(loop, main()), "broken");
}

TEST_F(Runtime, AHundredThousandAwaitsThatEndAtOnceNeedNoStack) {
  auto main = []() -> Coroutine<std::size_t> {
    std::size_t sum = 0;
    for (int i = 0; i < 100'000; ++i) sum += (co_await value("x")).size();
    co_return sum;
  };
  EXPECT_EQ(run_until_complete(loop, main()), 100'000);
}

TEST_F(Runtime, AResultComesOutThroughAThousandCoroutines) {
  Future<std::string> future;
  Task<std::string> task(loop, nested(1000, &future));
  loop.run();
  EXPECT_EQ(Counted::alive, 1001);
  future.set_result("deep");
  loop.run();
  EXPECT_EQ(task.result(), "deep");
}

// ---- Task
// ----------------------------------------------------------------------------------------------------------

TEST_F(Runtime, ATaskStartsInTheNextTurnAndKeepsItsResult) {
  Task<std::string> task(loop, value("kept"));
  EXPECT_FALSE(task.done());
  loop.run();
  ASSERT_TRUE(task.done());
  EXPECT_EQ(task.result(), "kept");
}

TEST_F(Runtime, ATaskKeepsItsException) {
  Task<int> task(loop, failing());
  loop.run();
  ASSERT_TRUE(task.done());
  EXPECT_THROW(task.result(), std::runtime_error);
}

TEST_F(Runtime, ATaskCanBeAwaitedByTwo) {
  Future<std::string> future;
  Task<std::string> task(loop, nested(0, &future));
  std::string heard;
  auto listen = [](Task<std::string>* task, std::string* heard) -> Coroutine<> {
    *heard += co_await *task;
  };
  Task<> one(loop, listen(&task, &heard));
  Task<> other(loop, listen(&task, &heard));
  loop.run();
  future.set_result("x");
  loop.run();
  EXPECT_TRUE(one.done());
  EXPECT_TRUE(other.done());
  EXPECT_EQ(heard, "xx");
}

TEST_F(Runtime, ATaskIsWokenByAFutureThatIsDoneBeforeItIsAwaited) {
  Future<std::string> future;
  future.set_result("early");
  EXPECT_EQ(run_until_complete(loop, nested(3, &future)), "early");
}

TEST_F(Runtime, AnErrorThrownIntoATaskComesOutWhereItWaits) {
  Future<std::string> future;
  auto main = [](Future<std::string>* future) -> Coroutine<std::string> {
    Counted counted;
    try {
      co_return co_await *future;
    } catch (const std::runtime_error& caught) {
      co_return std::string("caught ") + caught.what();
    }
  };
  Task<std::string> task(loop, main(&future));
  loop.run();
  task.throw_(error("stop"));
  loop.run();
  EXPECT_EQ(task.result(), "caught stop");
  future.set_result("late, and nobody minds");
}

TEST_F(Runtime, AnErrorWinsAgainstAResultThatWasNotYetDelivered) {
  Future<std::string> future;
  Task<std::string> task(loop, nested(2, &future));
  loop.run();
  future.set_result("too late");
  task.throw_(error("timed out"));
  loop.run();
  EXPECT_THROW(task.result(), std::runtime_error);
}

TEST_F(Runtime, ATaskThatIsThrownIntoBeforeItsFirstTurnNeverRuns) {
  bool started = false;
  auto main = [](bool* started) -> Coroutine<> {
    *started = true;
    co_return;
  };
  Task<> task(loop, main(&started));
  task.throw_(error("cancelled"));
  loop.run();
  EXPECT_FALSE(started);
  EXPECT_THROW(task.result(), std::runtime_error);
}

TEST_F(Runtime, ATaskCanBeDroppedWhileItWaits) {
  Future<std::string> future;
  {
    Task<std::string> task(loop, nested(3, &future));
    loop.run();
    EXPECT_EQ(Counted::alive, 4);
  }
  EXPECT_EQ(Counted::alive, 0);
  future.set_result("nobody waits");
  loop.run();
}

TEST_F(Runtime, ATaskCanBeDroppedWhileItsWakeUpIsQueued) {
  Future<std::string> future;
  {
    Task<std::string> task(loop, nested(3, &future));
    loop.run();
    future.set_result("queued");
  }
  loop.run();
}

TEST_F(Runtime, ATaskCanBeDroppedBeforeItsFirstTurn) {
  {
    Task<std::string> task(loop, value("never"));
  }
  loop.run();
}

TEST_F(Runtime, ATaskCanDropAnotherThatIsDueInTheSameTurn) {
  Future<> go;
  std::optional<Task<>> victim;
  bool ran = false;
  auto killer = [](Future<>* go, std::optional<Task<>>* victim) -> Coroutine<> {
    co_await *go;
    victim->reset();
  };
  auto prey = [](Future<>* go, bool* ran) -> Coroutine<> {
    co_await *go;
    *ran = true;
  };
  Task<> task(loop, killer(&go, &victim));
  victim.emplace(loop, prey(&go, &ran));
  loop.run();
  go.set_result();  // wakes both, the killer first
  loop.run();
  EXPECT_TRUE(task.done());
  EXPECT_FALSE(ran);
}

TEST_F(Runtime, RunningWhatNobodyCanEverCompleteSaysSo) {
  Future<std::string> future;
  EXPECT_THROW(run_until_complete(loop, nested(1, &future)), std::logic_error);
}

// ---- gather
// --------------------------------------------------------------------------------------------------------

std::vector<Coroutine<std::string>> two(Coroutine<std::string> one, Coroutine<std::string> other) {
  std::vector<Coroutine<std::string>> both;
  both.push_back(std::move(one));
  both.push_back(std::move(other));
  return both;
}

Coroutine<std::string> after(Clock::duration delay, std::string text) {
  Counted counted;
  co_await sleep_until(Clock::now() + delay);
  if (text == "broken") throw std::runtime_error(text);
  co_return text;
}

TEST_F(Runtime, GatherRunsSideBySideAndKeepsTheOrder) {
  auto results = run_until_complete(
      loop, gather(two(after(milliseconds(20), "slow"), after(milliseconds(1), "fast"))));
  EXPECT_EQ(results, (std::vector<std::string>{"slow", "fast"}));
}

TEST_F(Runtime, GatherOfNothingIsDoneAtOnce) {
  EXPECT_TRUE(run_until_complete(loop, gather(std::vector<Coroutine<int>>())).empty());
}

TEST_F(Runtime, GatherThrowsTheFirstErrorAtOnceAndDropsTheOthers) {
  const auto start = Clock::now();
  EXPECT_THROW(run_until_complete(loop, gather(two(after(seconds(60), "never"),
                                                   after(milliseconds(1), "broken")))),
               std::runtime_error);
  EXPECT_LT(Clock::now() - start, seconds(30));
  EXPECT_EQ(Counted::alive, 0);
}

TEST_F(Runtime, GatherIsDroppedWithWhoeverAwaitsIt) {
  EXPECT_THROW(run_until_complete(
                   loop, timeout(Clock::now() + milliseconds(1),
                                 gather(two(after(seconds(60), "a"), after(seconds(60), "b"))))),
               std::system_error);
  EXPECT_EQ(Counted::alive, 0);
}

// ---- timeout
// -------------------------------------------------------------------------------------------------------

TEST_F(Runtime, ATimeoutThrowsTimedOutAtTheWait) {
  try {
    run_until_complete(loop, timeout(Clock::now() + milliseconds(1), after(seconds(60), "never")));
    FAIL() << "did not time out";
  } catch (const std::system_error& caught) {
    EXPECT_EQ(caught.code(), std::errc::timed_out);
  }
}

TEST_F(Runtime, ATimeoutThatIsNotNeededLeavesNothingBehind) {
  const auto start = Clock::now();
  EXPECT_EQ(
      run_until_complete(loop, timeout(start + seconds(60), after(milliseconds(1), "in time"))),
      "in time");
  loop.run();  // would wait for a timer that was left
  EXPECT_LT(Clock::now() - start, seconds(30));
}

TEST_F(Runtime, TheInnerOfTwoTimeoutsCanBeCaughtAndTheOuterStillHolds) {
  auto main = []() -> Coroutine<std::string> {
    try {
      co_await timeout(Clock::now() + milliseconds(1), after(seconds(60), "never"));
    } catch (const std::system_error&) {
    }
    co_return co_await after(seconds(60), "never either");
  };
  EXPECT_THROW(run_until_complete(loop, timeout(Clock::now() + milliseconds(30), main())),
               std::system_error);
}

TEST_F(Runtime, ATimeoutPassesTheErrorOfItsBodyOn) {
  EXPECT_THROW(run_until_complete(loop, timeout(Clock::now() + seconds(60), failing())),
               std::runtime_error);
}

// ---- Semaphore
// -----------------------------------------------------------------------------------------------------

Coroutine<> hold(Semaphore* semaphore, Future<>* until, std::string* log, char name) {
  Counted counted;
  co_await semaphore->acquire();
  *log += name;
  co_await *until;
  semaphore->release();
}

TEST_F(Runtime, ASemaphoreLetsInAsManyAsItHasPermitsAndThenWhoWaitedLongest) {
  Semaphore semaphore(2);
  Future<> a_until, b_until, c_until, d_until;
  std::string log;
  Task<> a(loop, hold(&semaphore, &a_until, &log, 'a'));
  Task<> b(loop, hold(&semaphore, &b_until, &log, 'b'));
  Task<> c(loop, hold(&semaphore, &c_until, &log, 'c'));
  Task<> d(loop, hold(&semaphore, &d_until, &log, 'd'));
  loop.run();
  EXPECT_EQ(log, "ab");
  b_until.set_result();
  loop.run();
  EXPECT_EQ(log, "abc");
  a_until.set_result();
  loop.run();
  EXPECT_EQ(log, "abcd");
}

TEST_F(Runtime, APermitThatIsHandedToOneThatTimesOutIsPassedOn) {
  Semaphore semaphore(1);
  Future<> a_until, b_until, c_until;
  std::string log;
  Task<> a(loop, hold(&semaphore, &a_until, &log, 'a'));
  Task<> b(loop, hold(&semaphore, &b_until, &log, 'b'));
  Task<> c(loop, hold(&semaphore, &c_until, &log, 'c'));
  loop.run();
  semaphore.release();           // handed to b …
  b.throw_(error("timed out"));  // … which will not take it
  loop.run();
  EXPECT_THROW(b.result(), std::runtime_error);
  EXPECT_EQ(log, "ac");
}

TEST_F(Runtime, OneThatIsDroppedWhileItWaitsForAPermitGetsNone) {
  Semaphore semaphore(0);
  Future<> until;
  std::string log;
  std::optional<Task<>> a(std::in_place, loop, hold(&semaphore, &until, &log, 'a'));
  Task<> b(loop, hold(&semaphore, &until, &log, 'b'));
  loop.run();
  a.reset();
  semaphore.release();
  loop.run();
  EXPECT_EQ(log, "b");
}

// ---- TaskGroup
// -----------------------------------------------------------------------------------------------------

TEST_F(Runtime, ATaskGroupDropsWhatStillRunsWhenItGoes) {
  Future<std::string> future;
  auto child = [](Future<std::string>* future) -> Coroutine<> { co_await nested(2, future); };
  {
    TaskGroup group(loop);
    group.spawn(child(&future));
    group.spawn(child(&future));
    loop.run();
    EXPECT_EQ(Counted::alive, 6);
  }
  EXPECT_EQ(Counted::alive, 0);
}

TEST_F(Runtime, ATaskGroupForgetsTheTasksThatAreDone) {
  TaskGroup group(loop);
  auto child = []() -> Coroutine<> {
    Counted counted;
    co_return;
  };
  for (int i = 0; i < 100; ++i) group.spawn(child());
  loop.run();
  EXPECT_EQ(Counted::alive, 0);
}

}  // namespace
