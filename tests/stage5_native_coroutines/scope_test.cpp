// What waits for several at once, or for a limited time: gather, TaskGroup, timeout, sleep.
#include <optional>
#include <system_error>

#include "runtime_tools.h"
#include "stage5_native_coroutines/await_tree.h"
#include "stage5_native_coroutines/event.h"
#include "stage5_native_coroutines/gather.h"
#include "stage5_native_coroutines/semaphore.h"
#include "stage5_native_coroutines/task_group.h"
#include "stage5_native_coroutines/timeout.h"

namespace {

Coroutine<std::string> after(Clock::duration delay, std::string text) {
  Counted counted;
  co_await sleep(delay);
  if (text == "broken") throw std::runtime_error(text);
  co_return text;
}

std::vector<Coroutine<std::string>> two(Coroutine<std::string> one, Coroutine<std::string> other) {
  std::vector<Coroutine<std::string>> both;
  both.push_back(std::move(one));
  both.push_back(std::move(other));
  return both;
}

// ---- gather
// --------------------------------------------------------------------------------------------------------

using GatherTest = Runtime;

TEST_F(GatherTest, RunsSideBySideAndKeepsTheOrder) {
  const auto results =
      run(gather(two(after(milliseconds(20), "slow"), after(milliseconds(1), "fast"))));
  EXPECT_EQ(results, (Log{"slow", "fast"}));
}

TEST_F(GatherTest, EmptyGatherIsDoneImmediately) {
  EXPECT_TRUE(run(gather(std::vector<Coroutine<int>>())).empty());
  EXPECT_TRUE(run(gather(std::vector<Coroutine<int>>(), return_exceptions)).empty());
}

TEST_F(GatherTest, CoroutinesWithoutResultsAreOnlyAwaited) {
  Event event;
  auto wait = [](Event* event) -> Coroutine<> { co_await event->wait(); };
  std::vector<Coroutine<>> both;
  both.push_back(wait(&event));
  both.push_back(wait(&event));
  Task<> task(*loop, gather(std::move(both)));
  run();
  EXPECT_FALSE(task.done());
  event.set();
  run();
  EXPECT_TRUE(task.done());
}

TEST_F(GatherTest, ThrowsTheFirstErrorAtOnceAndDropsTheOthers) {
  const auto start = Clock::now();
  EXPECT_THROW(run(gather(two(after(seconds(60), "never"), after(milliseconds(1), "broken")))),
               std::runtime_error);
  EXPECT_LT(Clock::now() - start, seconds(30));
  EXPECT_EQ(Counted::alive, 0);
}

TEST_F(GatherTest, ThrowsTheEarliestOfSeveralErrors) {
  auto fail = [](Event* event, const char* what) -> Coroutine<std::string> {
    co_await event->wait();
    throw std::runtime_error(what);
  };
  Event one, other;
  Task<std::vector<std::string>> task(*loop, gather(two(fail(&one, "one"), fail(&other, "other"))));
  run();
  other.set();
  one.set();
  run();
  EXPECT_EQ(message_of(task.exception()), "other");
}

TEST_F(GatherTest, ReturningExceptionsWaitsForAllAndReturnsEach) {
  const auto all = run(gather(two(after(milliseconds(5), "fine"), after(milliseconds(1), "broken")),
                              return_exceptions));
  ASSERT_EQ(all.size(), 2);
  EXPECT_EQ(std::get<std::string>(all[0]), "fine");
  EXPECT_EQ(message_of(std::get<std::exception_ptr>(all[1])), "broken");
}

TEST_F(GatherTest, CancelledIsCancelledAndDropsAll) {
  Task<std::vector<std::string>> task(
      *loop, gather(two(after(seconds(60), "a"), after(seconds(60), "b"))));
  loop->call_soon([&] { task.cancel(); });
  run();
  EXPECT_TRUE(task.cancelled());
  EXPECT_EQ(Counted::alive, 0);
}

TEST_F(GatherTest, CancelledChildThrowsIntoItsParent) {
  auto cancels_itself = []() -> Coroutine<std::string> {
    current_task().cancel();
    co_await sleep(seconds(60));
    co_return "never";
  };
  Task<std::vector<std::string>> task(*loop,
                                      gather(two(cancels_itself(), after(seconds(60), "b"))));
  run();
  EXPECT_TRUE(task.cancelled());
}

TEST_F(GatherTest, ReturningExceptionsIncludesACancelledChild) {
  auto cancels_itself = []() -> Coroutine<std::string> {
    current_task().cancel();
    co_await sleep(seconds(60));
    co_return "never";
  };
  const auto all =
      run(gather(two(cancels_itself(), after(milliseconds(1), "fine")), return_exceptions));
  EXPECT_TRUE(is_cancelled(std::get<std::exception_ptr>(all[0])));
  EXPECT_EQ(std::get<std::string>(all[1]), "fine");
}

TEST_F(GatherTest, ReturningExceptionsCanBeCancelled) {
  Task<std::vector<Settled<std::string>>> task(
      *loop, gather(two(after(seconds(60), "a"), after(seconds(60), "b")), return_exceptions));
  loop->call_soon([&] { task.cancel(); });
  run();
  EXPECT_TRUE(task.cancelled());
}

// ---- TaskGroup
// -----------------------------------------------------------------------------------------------------

class TaskGroupTest : public Runtime {
 protected:
  // Turns the loop until something new is in the log.
  void run_until_logged() {
    for (const auto before = log.size(); log.size() == before; run()) {
      loop->call_soon([this] { loop->stop(); });
    }
  }
  Log log;
};

// What the children of these tests do.
Coroutine<> wait_then(Event* event, Log* log, std::string text) {
  Counted counted;
  try {
    co_await event->wait();
  } catch (const CancelledError&) {
    log->push_back(text + " cancelled");
    throw;
  }
  if (text.starts_with("broken")) throw std::runtime_error(text);
  log->push_back(text);
}

Coroutine<> three_children(TaskGroup* group, Event* one, Event* two, Event* three, Log* log,
                           std::string first) {
  group->create_task(wait_then(one, log, first));
  group->create_task(wait_then(two, log, "two"));
  group->create_task(wait_then(three, log, "three"));
  log->push_back("body over");
  co_return;
}

TEST_F(TaskGroupTest, WaitsForItsChildren) {
  Event one, two, three;
  Task<> task(*loop, with_task_group(three_children, &one, &two, &three, &log, "one"));
  run();
  EXPECT_EQ(log, Log{"body over"});
  two.set();
  one.set();
  run();
  EXPECT_FALSE(task.done());
  three.set();
  run();
  EXPECT_TRUE(task.done());
  EXPECT_EQ(task.exception(), nullptr);
  EXPECT_EQ(log, (Log{"body over", "two", "one", "three"}));
}

TEST_F(TaskGroupTest, EndsWithItsBodyIfItHasNoChildren) {
  auto body = [](TaskGroup*) -> Coroutine<> { co_return; };
  run(with_task_group(body));
}

TEST_F(TaskGroupTest, ChildErrorCancelsAndAwaitsTheOthers) {
  Event one, two, three;
  Task<> task(*loop, with_task_group(three_children, &one, &two, &three, &log, "broken"));
  run();
  one.set();
  run();
  ASSERT_TRUE(task.done());
  EXPECT_EQ(log, (Log{"body over", "two cancelled", "three cancelled"}));
  try {
    task.result();
    FAIL() << "did not throw";
  } catch (const ExceptionGroup& group) {
    EXPECT_STREQ(group.what(), "1 error: broken");
    EXPECT_EQ(group.errors().size(), 1);
  }
}

Coroutine<> fail_when_cancelled() {
  try {
    co_await sleep(seconds(60));
  } catch (const CancelledError&) {
    throw std::runtime_error("while cleaning up");
  }
}

TEST_F(TaskGroupTest, EveryErrorIsKept) {
  auto body = [](TaskGroup* group, Event* go, Log* log) -> Coroutine<> {
    group->create_task(fail_when_cancelled());
    group->create_task(wait_then(go, log, "broken"));
    group->create_task(fail_when_cancelled());
    co_return;
  };
  Event go;
  Task<> task(*loop, with_task_group(body, &go, &log));
  const auto timer = loop->call_later(milliseconds(1), [&] { go.set(); });
  run();
  EXPECT_EQ(message_of(task.exception()), "3 errors: broken; while cleaning up; while cleaning up");
}

TEST_F(TaskGroupTest, AnErrorInAChildCancelsTheBodyToo) {
  auto body = [](TaskGroup* group, Event* go, Event* never, Log* log) -> Coroutine<> {
    group->create_task(wait_then(go, log, "broken"));
    co_await wait_then(never, log, "body");
  };
  Event go, never;
  Task<> task(*loop, with_task_group(body, &go, &never, &log));
  run();
  go.set();
  run();
  EXPECT_EQ(log, Log{"body cancelled"});
  EXPECT_EQ(message_of(task.exception()), "1 error: broken");
  EXPECT_EQ(task.cancelling(), 0) << "the group took its cancelling back";
}

TEST_F(TaskGroupTest, AnErrorOfTheBodyCancelsTheChildren) {
  auto body = [](TaskGroup* group, Event* never, Log* log) -> Coroutine<> {
    group->create_task(wait_then(never, log, "child"));
    co_await sleep(milliseconds(1));
    throw std::runtime_error("body broken");
  };
  Event never;
  Task<> task(*loop, with_task_group(body, &never, &log));
  run();
  EXPECT_EQ(log, Log{"child cancelled"});
  EXPECT_EQ(message_of(task.exception()), "1 error: body broken");
}

TEST_F(TaskGroupTest, CancelledInItsBodyCancelsTheChildrenAndIsCancelled) {
  auto body = [](TaskGroup* group, Event* never, Log* log) -> Coroutine<> {
    group->create_task(wait_then(never, log, "child"));
    co_await wait_then(never, log, "body");
  };
  Event never;
  Task<> task(*loop, with_task_group(body, &never, &log));
  run();
  task.cancel();
  run();
  EXPECT_TRUE(task.cancelled());
  EXPECT_EQ(log, (Log{"body cancelled", "child cancelled"}));
}

TEST_F(TaskGroupTest, CancelledWhileItWaitsForItsChildrenCancelsThem) {
  Event one, two, three;
  Task<> task(*loop, with_task_group(three_children, &one, &two, &three, &log, "one"));
  run();
  task.cancel();
  run();
  EXPECT_TRUE(task.cancelled());
  EXPECT_EQ(log, (Log{"body over", "one cancelled", "two cancelled", "three cancelled"}));
}

TEST_F(TaskGroupTest, CancelledGroupKeepsItsChildrensErrors) {
  auto body = [](TaskGroup* group) -> Coroutine<> {
    group->create_task(fail_when_cancelled());
    co_return;
  };
  Task<> task(*loop, with_task_group(body));
  loop->call_soon([&] { loop->call_soon([&] { task.cancel(); }); });
  run();
  EXPECT_FALSE(task.cancelled());
  EXPECT_EQ(message_of(task.exception()), "1 error: while cleaning up");
  EXPECT_EQ(task.cancelling(), 1) << "the wish stands";
}

TEST_F(TaskGroupTest, CancelIsThrownAfterTheGroupsErrors) {
  auto body = [](TaskGroup* group) -> Coroutine<> {
    group->create_task(fail_when_cancelled());
    co_return;
  };
  auto main = [](auto body, Log* log) -> Coroutine<> {
    try {
      co_await with_task_group(body);
    } catch (const ExceptionGroup& errors) {
      log->push_back(errors.what());
    }
    Event never;
    co_await wait_then(&never, log, "next wait");
  };
  Task<> task(*loop, main(body, &log));
  loop->call_soon([&] { loop->call_soon([&] { task.cancel(); }); });
  run();
  EXPECT_TRUE(task.cancelled());
  EXPECT_EQ(log, (Log{"1 error: while cleaning up", "next wait cancelled"}));
}

// Gives up what it waits for when it is cancelled, but takes a moment.
Coroutine<> clean_up_slowly(Log* log, std::string text, milliseconds moment) {
  try {
    co_await sleep(seconds(60));
  } catch (const CancelledError&) {
    log->push_back(text + " cancelled");
  }
  co_await sleep(moment);
  log->push_back(text + " cleaned up");
}

TEST_F(TaskGroupTest, ChildErrorCancelsTheOthersOnce) {
  auto body = [](TaskGroup* group, Event* go, Log* log) -> Coroutine<> {
    group->create_task(wait_then(go, log, "broken"));
    group->create_task(clean_up_slowly(log, "child", milliseconds(10)));
    co_await sleep(milliseconds(1));
    go->set();
    co_await clean_up_slowly(log, "body", milliseconds(1));
    throw std::runtime_error("body broken");
  };
  Event go;
  Task<> task(*loop, with_task_group(body, &go, &log));
  run();
  EXPECT_EQ(log, (Log{"child cancelled", "body cancelled", "body cleaned up", "child cleaned up"}));
  EXPECT_EQ(message_of(task.exception()), "2 errors: broken; body broken");
}

TEST_F(TaskGroupTest, BodysOwnCancelledErrorCancelsNoLaterWait) {
  auto body = [](TaskGroup* group, Task<>* cancelled) -> Coroutine<> {
    group->create_task(fail_when_cancelled());
    co_await sleep(milliseconds(1));
    co_await *cancelled;
  };
  auto main = [](auto body, Task<>* cancelled) -> Coroutine<std::string> {
    try {
      co_await with_task_group(body, cancelled);
    } catch (const ExceptionGroup&) {
    }
    EXPECT_EQ(current_task().cancelling(), 0);
    co_await sleep(milliseconds(1));
    co_return "went on";
  };
  Task<> cancelled(*loop, sleep(seconds(60)));
  cancelled.cancel();
  EXPECT_EQ(run(main(body, &cancelled)), "went on");
}

TEST_F(TaskGroupTest, DestroyedGroupReportsUnreadErrors) {
  auto body = [](TaskGroup* group, Log* log) -> Coroutine<> {
    group->create_task(clean_up_slowly(log, "child", seconds(60)));
    group->create_task(fails());
    co_return;
  };
  testing::internal::CaptureStderr();
  {
    Task<> task(*loop, with_task_group(body, &log), "parent");
    run_until_logged();
    EXPECT_EQ(log, Log{"child cancelled"});
    EXPECT_FALSE(task.done());
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "a task in the scope of 'parent' failed and its error was never read: broken\n");
}

TEST_F(TaskGroupTest, CancelledChildIsNotAnError) {
  auto body = [](TaskGroup* group, Event* event, Log* log) -> Coroutine<> {
    auto& child = group->create_task(wait_then(event, log, "one"));
    group->create_task(wait_then(event, log, "two"));
    co_await sleep(milliseconds(1));
    child.cancel();
    co_await sleep(milliseconds(1));
    event->set();
  };
  Event event;
  Task<> task(*loop, with_task_group(body, &event, &log));
  run();
  EXPECT_EQ(task.exception(), nullptr);
  EXPECT_EQ(log, (Log{"one cancelled", "two"}));
}

TEST_F(TaskGroupTest, CancelByTheBodyEndsTheChildrenWithoutError) {
  auto body = [](TaskGroup* group, Event* never, Log* log) -> Coroutine<> {
    group->create_task(wait_then(never, log, "one"));
    co_await sleep(milliseconds(1));
    group->cancel();
    group->create_task(wait_then(never, log, "too late"));
  };
  Event never;
  Task<> task(*loop, with_task_group(body, &never, &log));
  run();
  EXPECT_EQ(task.exception(), nullptr);
  EXPECT_EQ(log, Log{"one cancelled"});
}

TEST_F(TaskGroupTest, ChildrenMayCreateChildren) {
  struct Family {
    static Coroutine<> grow(TaskGroup* group, int generations, Log* log) {
      log->push_back(std::to_string(generations));
      if (generations > 0) group->create_task(grow(group, generations - 1, log));
      co_return;
    }
  };
  run(with_task_group(Family::grow, 3, &log));
  EXPECT_EQ(log, (Log{"3", "2", "1", "0"}));
}

TEST_F(TaskGroupTest, DestroyedGroupDestroysItsChildren) {
  Event one, two, three;
  {
    Task<> task(*loop, with_task_group(three_children, &one, &two, &three, &log, "one"));
    run();
    EXPECT_EQ(Counted::alive, 3);
  }
  EXPECT_EQ(Counted::alive, 0);
  EXPECT_EQ(log, Log{"body over"}) << "dropped is not cancelled: nothing is thrown";
}

TEST_F(TaskGroupTest, ForgetsTheChildrenThatAreDone) {
  auto body = [](TaskGroup* group) -> Coroutine<> {
    auto child = []() -> Coroutine<> {
      Counted counted;
      co_return;
    };
    for (int i = 0; i < 100; ++i) group->create_task(child());
    co_await sleep(milliseconds(1));
    EXPECT_EQ(Counted::alive, 0);
    EXPECT_EQ(group->loop().youngest_task()->older(), nullptr) << "only this one is left";
  };
  run(with_task_group(body));
}

TEST_F(TaskGroupTest, TwoOneInsideTheOtherMayFailInTheSameTurn) {
  auto inner = [](TaskGroup* group, Event* go, Event* never, Log* log) -> Coroutine<> {
    group->create_task(wait_then(go, log, "broken inside"));
    co_await wait_then(never, log, "inner body");
  };
  auto outer = [](TaskGroup* group, auto inner, Event* go, Event* never, Log* log) -> Coroutine<> {
    group->create_task(wait_then(go, log, "broken outside"));
    co_await with_task_group(inner, go, never, log);
    log->push_back("not reached");
  };
  Event go, never;
  Task<> task(*loop, with_task_group(outer, inner, &go, &never, &log));
  const auto fail = loop->call_later(milliseconds(1), [&] { go.set(); });
  run();
  EXPECT_EQ(message_of(task.exception()), "2 errors: broken outside; 1 error: broken inside");
  EXPECT_EQ(log, Log{"inner body cancelled"});
  EXPECT_EQ(task.cancelling(), 0);
}

// Fails, and at `deadline` at the earliest.
Coroutine<> fail_late(Clock::time_point deadline) {
  while (Clock::now() < deadline) continue;
  co_await fails();
}

TEST_F(TaskGroupTest, FailureInTheTurnOfATimeoutWins) {
  auto body = [](TaskGroup* group, Clock::time_point deadline, Log* log) -> Coroutine<> {
    group->create_task(fail_late(deadline));
    Event never;
    co_await wait_then(&never, log, "body");
  };
  auto main = [](auto body, Log* log) -> Coroutine<> {
    const auto deadline = Clock::now() + milliseconds(50);
    try {
      co_await timeout(deadline, with_task_group(body, deadline, log));
    } catch (const ExceptionGroup& errors) {
      log->push_back(errors.what());
    }
    EXPECT_EQ(current_task().cancelling(), 0);
    co_await sleep(milliseconds(1));  // nothing is thrown here
    log->push_back("went on");
  };
  run(main(body, &log));
  EXPECT_EQ(log, (Log{"body cancelled", "1 error: broken", "went on"}));
}

TEST_F(TaskGroupTest, SelfCancelledGroupCanBeCancelledDuringCleanup) {
  auto body = [](TaskGroup* group, Log* log) -> Coroutine<> {
    group->create_task(clean_up_slowly(log, "child", seconds(60)));
    co_await sleep(milliseconds(1));
    group->cancel();
  };
  Task<> task(*loop, with_task_group(body, &log));
  run_until_logged();
  task.cancel();
  run();
  EXPECT_TRUE(task.cancelled());
  EXPECT_EQ(log, Log{"child cancelled"});
}

// ---- timeout and sleep
// ---------------------------------------------------------------------------------------------

using TimeoutTest = Runtime;

TEST_F(TimeoutTest, ThrowsTimedOutOnceTheBodyHasEndedInOrder) {
  Log log;
  Event never;
  try {
    run(timeout(Clock::now() + milliseconds(1), wait_then(&never, &log, "body")));
    FAIL() << "did not time out";
  } catch (const std::system_error& caught) {
    EXPECT_EQ(caught.code(), std::errc::timed_out);
  }
  EXPECT_EQ(log, Log{"body cancelled"});
}

TEST_F(TimeoutTest, UnusedTimeoutLeavesNothingBehind) {
  const auto start = Clock::now();
  EXPECT_EQ(run(timeout(start + seconds(60), after(milliseconds(1), "in time"))), "in time");
  run();  // would wait for a timer that was left
  EXPECT_LT(Clock::now() - start, seconds(30));
}

TEST_F(TimeoutTest, PassesTheErrorOfItsBodyOn) {
  EXPECT_THROW(run(timeout(Clock::now() + seconds(60), failing())), std::runtime_error);
}

TEST_F(TimeoutTest, PassedDeadlineLetsTheBodyReachItsFirstWait) {
  Log log;
  Event never;
  EXPECT_THROW(run(timeout(Clock::now() - seconds(1), wait_then(&never, &log, "body"))),
               std::system_error);
  EXPECT_EQ(log, Log{"body cancelled"});
  EXPECT_EQ(run(timeout(Clock::now() - seconds(1), value("no wait"))), "no wait");
}

TEST_F(TimeoutTest, TheInnerOneCanBeCaughtAndTheOuterStillHolds) {
  auto main = []() -> Coroutine<std::string> {
    try {
      co_await timeout(Clock::now() + milliseconds(1), after(seconds(60), "never"));
    } catch (const std::system_error&) {
    }
    co_return co_await after(seconds(60), "never either");
  };
  EXPECT_THROW(run(timeout(Clock::now() + milliseconds(30), main())), std::system_error);
}

TEST_F(TimeoutTest, CatchingTheInnerTimeoutDoesNotCatchTheOuter) {
  Log log;
  auto main = [](Log* log) -> Coroutine<std::string> {
    try {
      co_return co_await timeout(Clock::now() + seconds(60), after(seconds(60), "never"));
    } catch (const std::system_error&) {
      log->push_back("the inner one was blamed");
    }
    co_return "went on";
  };
  EXPECT_THROW(run(timeout(Clock::now() + milliseconds(1), main(&log))), std::system_error);
  EXPECT_EQ(log, Log{});
}

TEST_F(TimeoutTest, EarlierCancelBeatsTheTimeout) {
  Event never;
  Log log;
  const auto when = Clock::now() + milliseconds(1);
  Task<> task(*loop, timeout(when, wait_then(&never, &log, "body")));
  const auto other = loop->call_at(when, [&] { task.cancel(); });
  run();
  EXPECT_TRUE(task.cancelled());
  EXPECT_EQ(task.cancelling(), 1) << "the timeout took its own back";
}

TEST_F(TimeoutTest, ResultBeatsTheTimeoutAndLeavesNoCancel) {
  auto swallow = [](Event* never) -> Coroutine<std::string> {
    try {
      co_await never->wait();
    } catch (const CancelledError&) {
    }
    co_return "a result all the same";
  };
  auto main = [](Coroutine<std::string> body) -> Coroutine<std::string> {
    auto result = co_await timeout(Clock::now() + milliseconds(1), std::move(body));
    co_await sleep(milliseconds(1));  // nothing is thrown here
    EXPECT_EQ(current_task().cancelling(), 0);
    co_return result;
  };
  Event never;
  EXPECT_EQ(run(main(swallow(&never))), "a result all the same");
}

TEST_F(TimeoutTest, ReachesAWaitForATimerASemaphoreATaskAndAGather) {
  Semaphore none(0);
  Future<std::string> never;
  Task<std::string> task(*loop, nested(1, &never));
  auto listen = [](Task<std::string>* task) -> Coroutine<> { co_await *task; };
  const auto soon = Clock::now() + milliseconds(1);
  EXPECT_THROW(run(timeout(soon, sleep(seconds(60)))), std::system_error);
  EXPECT_THROW(run(timeout(soon, none.acquire())), std::system_error);
  EXPECT_THROW(run(timeout(soon, listen(&task))), std::system_error);
  EXPECT_TRUE(task.cancelled());
  EXPECT_THROW(run(timeout(soon, gather(two(after(seconds(60), "a"), after(seconds(60), "b"))))),
               std::system_error);
  EXPECT_EQ(Counted::alive, 0);
}

TEST_F(TimeoutTest, SleepSleepsAtLeastThatLong) {
  const auto start = Clock::now();
  run(sleep(milliseconds(20)));
  EXPECT_GE(Clock::now() - start, milliseconds(20));
}

TEST_F(TimeoutTest, ManySleepersWakeInTheOrderOfTheirTimes) {
  Log log;
  auto sleeper = [](Log* log, int time) -> Coroutine<> {
    co_await sleep(milliseconds(time));
    log->push_back(std::to_string(time));
  };
  std::vector<Coroutine<>> all;
  for (const int time : {30, 10, 20}) all.push_back(sleeper(&log, time));
  run(gather(std::move(all)));
  EXPECT_EQ(log, (Log{"10", "20", "30"}));
}

// A cancel that was asked for before the scope began, and has yet to be heard, is not the scope's.
TEST_F(TimeoutTest, CancelFromBeforeTheTimeoutStaysACancel) {
  auto main = [](Event* never) -> Coroutine<std::string> {
    current_task().cancel();
    try {
      co_await timeout(Clock::now(), never->wait());
    } catch (const std::system_error&) {
      co_return "timed out";
    }
    co_return "went on";
  };
  Event never;
  Task<std::string> task(*loop, main(&never));
  run();
  EXPECT_TRUE(task.cancelled());
  EXPECT_EQ(task.cancelling(), 1);
}

TEST_F(TimeoutTest, TimeoutAfterASwallowedCancelIsATimeout) {
  auto main = [](Event* never) -> Coroutine<std::string> {
    current_task().cancel();
    try {
      co_await never->wait();
    } catch (const CancelledError&) {
    }
    try {
      co_await timeout(Clock::now(), never->wait());
    } catch (const std::system_error&) {
      co_return "timed out, asked " + std::to_string(current_task().cancelling());
    }
    co_return "went on";
  };
  Event never;
  EXPECT_EQ(run(main(&never)), "timed out, asked 1");
}

TEST_F(TimeoutTest, OuterOfTwoEqualDeadlinesIsTheTimeout) {
  auto main = [](Log* log) -> Coroutine<> {
    const auto deadline = Clock::now();
    auto inner = [](common::TimePoint deadline, Log* log) -> Coroutine<> {
      try {
        co_await timeout(deadline, sleep(seconds(60)));
      } catch (const std::system_error&) {
        log->push_back("inner timed out");
      }
    };
    try {
      co_await timeout(deadline, inner(deadline, log));
    } catch (const std::system_error&) {
      log->push_back("outer timed out");
    }
    EXPECT_EQ(current_task().cancelling(), 0);
  };
  Log log;
  run(main(&log));
  EXPECT_EQ(log, (Log{"outer timed out"}));
}

TEST_F(TimeoutTest, UncancelByTheBodyLeavesATimeout) {
  auto body = [](Event* never) -> Coroutine<> {
    try {
      co_await never->wait();
    } catch (const CancelledError&) {
      current_task().uncancel();
      throw;
    }
  };
  Event never;
  EXPECT_THROW(run(timeout(Clock::now(), body(&never))), std::system_error);
}

TEST_F(TaskGroupTest, FailedGroupLeavesAnEarlierCancelToTheNextWait) {
  auto body = [](TaskGroup* group) -> Coroutine<> {
    group->create_task(fails("broken"));
    co_await sleep(seconds(60));
  };
  auto main = [](auto body, Log* log) -> Coroutine<> {
    Event never;
    current_task().cancel();
    try {
      co_await with_task_group(body);
    } catch (const ExceptionGroup& errors) {
      log->push_back(errors.what());
    }
    co_await wait_then(&never, log, "next wait");
  };
  Task<> task(*loop, main(body, &log));
  run();
  EXPECT_TRUE(task.cancelled());
  EXPECT_EQ(log, (Log{"1 error: broken", "next wait cancelled"}));
}

TEST_F(TaskGroupTest, SwallowedCancelIsNotThrownAgainByAFailedGroup) {
  auto body = [](TaskGroup* group) -> Coroutine<> {
    group->create_task(fails("broken"));
    co_await sleep(seconds(60));
  };
  auto main = [](auto body) -> Coroutine<std::string> {
    current_task().cancel();
    try {
      co_await sleep(milliseconds(0));
    } catch (const CancelledError&) {
    }
    try {
      co_await with_task_group(body);
    } catch (const ExceptionGroup&) {
    }
    EXPECT_EQ(current_task().cancelling(), 1);
    co_await sleep(milliseconds(0));
    co_return "went on";
  };
  EXPECT_EQ(run(main(body)), "went on");
}

// What a task does last of all, in a destructor.
struct AtTheEnd {
  AtTheEnd(TaskGroup* group, void (*act)(TaskGroup&)) : group(group), act(act) {}
  AtTheEnd(const AtTheEnd&) = delete;
  ~AtTheEnd() { act(*group); }
  TaskGroup* group;
  void (*act)(TaskGroup&);
};

Coroutine<> act_at_the_end(TaskGroup* group, void (*act)(TaskGroup&)) {
  const AtTheEnd at_the_end(group, act);
  co_await sleep(seconds(60));
}

TEST_F(TaskGroupTest, TasksDestroyedWithTheGroupMayCallIt) {
  auto body = [](TaskGroup* group) -> Coroutine<> {
    for (int i = 0; i < 3; ++i) {
      group->create_task(act_at_the_end(group, [](TaskGroup& group) { group.cancel(); }));
      group->create_task(act_at_the_end(group, [](TaskGroup& group) {
        group.create_task(sleep(seconds(60)));
        await_tree(group.loop());
      }));
    }
    co_await sleep(seconds(60));
  };
  Task<> outlives(*loop, sleep(seconds(60)));
  {
    const Task<> task(*loop, with_task_group(body));
    loop->call_soon([this] { loop->call_soon([this] { loop->stop(); }); });
    run();
  }
  EXPECT_EQ(loop->youngest_task(), &outlives);
}

}  // namespace
