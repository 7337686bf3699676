// Task<T>: asyncio's states and what leads from one to the other.
#include <functional>
#include <optional>

#include "runtime_tools.h"
#include "stage5_native_coroutines/event.h"
#include "stage5_native_coroutines/timeout.h"

namespace {

using TaskTest = Runtime;

// ---- pending, done
// -------------------------------------------------------------------------------------------------

TEST_F(TaskTest, StartsInTheNextTurnAndKeepsItsResult) {
  Task<std::string> task(*loop, value("kept"));
  EXPECT_FALSE(task.done());
  run();
  EXPECT_TRUE(task.done());
  EXPECT_FALSE(task.cancelled());
  EXPECT_EQ(task.result(), "kept");
  EXPECT_EQ(task.exception(), nullptr);
}

TEST_F(TaskTest, KeepsItsException) {
  Task<int> task(*loop, failing());
  run();
  EXPECT_TRUE(task.done());
  EXPECT_FALSE(task.cancelled());
  EXPECT_THROW(task.result(), std::runtime_error);
  EXPECT_EQ(message_of(task.exception()), "broken");
}

TEST_F(TaskTest, HasNoResultBeforeItIsDone) {
  Task<std::string> task(*loop, value("later"));
  EXPECT_THROW(task.result(), std::logic_error);
  EXPECT_THROW(task.exception(), std::logic_error);
}

TEST_F(TaskTest, HasTheNameThatItWasGivenOrANumber) {
  Task<std::string> named(*loop, value(""), "fetch /1");
  Task<std::string> second(*loop, value(""));
  Task<std::string> third(*loop, value(""));
  EXPECT_EQ(named.name(), "fetch /1");
  EXPECT_EQ(second.name(), "Task-2");
  EXPECT_EQ(third.name(), "Task-3");
}

TEST_F(TaskTest, CoroutineIsDestroyedAsSoonAsItIsDone) {
  auto main = [](std::shared_ptr<int>) -> Coroutine<> { co_return; };
  auto parameter = std::make_shared<int>(1);
  Task<> task(*loop, main(parameter));
  EXPECT_EQ(parameter.use_count(), 2);
  run();
  EXPECT_EQ(parameter.use_count(), 1);
}

TEST_F(TaskTest, DoneCallbacksAreCalledSoonInTheirOrder) {
  Log log;
  Task<std::string> task(*loop, value("x"));
  task.add_done_callback([&] { log.push_back("first"); });
  task.add_done_callback([&] { log.push_back("second"); });
  loop->call_soon([&] { log.push_back(task.done() ? "done, not called yet" : "too early"); });
  run();
  EXPECT_EQ(log, (Log{"done, not called yet", "first", "second"}));
}

TEST_F(TaskTest, LateDoneCallbackIsCalledSoon) {
  Task<std::string> task(*loop, value("x"));
  run();
  bool called = false;
  task.add_done_callback([&] { called = true; });
  EXPECT_FALSE(called);
  run();
  EXPECT_TRUE(called);
}

TEST_F(TaskTest, ADoneCallbackMayDropTheTask) {
  std::optional<Task<std::string>> task(std::in_place, *loop, value("x"));
  task->add_done_callback([&] { task.reset(); });
  run();
  EXPECT_FALSE(task);
}

TEST_F(TaskTest, CurrentTaskIsTheSameAtAnyDepth) {
  auto inner = []() -> Coroutine<std::string> { co_return std::string(current_task().name()); };
  auto outer = [](auto inner) -> Coroutine<std::string> { co_return co_await inner(); };
  Task<std::string> task(*loop, outer(inner), "me");
  run();
  EXPECT_EQ(task.result(), "me");
}

// ---- awaited
// -------------------------------------------------------------------------------------------------------

TEST_F(TaskTest, TwoAwaitersGetTheSameResult) {
  Future<std::string> future;
  Task<std::string> task(*loop, nested(0, &future));
  std::string heard;
  auto listen = [](Task<std::string>* task, std::string* heard) -> Coroutine<> {
    *heard += co_await *task;
  };
  Task<> one(*loop, listen(&task, &heard));
  Task<> other(*loop, listen(&task, &heard));
  run();
  future.set_result("x");
  run();
  EXPECT_TRUE(one.done());
  EXPECT_TRUE(other.done());
  EXPECT_EQ(heard, "xx");
}

TEST_F(TaskTest, AwaitingADoneTaskDoesNotWait) {
  Task<std::string> task(*loop, value("old"));
  run();
  auto listen = [](Task<std::string>* task) -> Coroutine<std::string> { co_return co_await *task; };
  EXPECT_EQ(run(listen(&task)), "old");
}

TEST_F(TaskTest, FailedTaskThrowsIntoItsAwaiter) {
  Task<int> task(*loop, failing());
  auto listen = [](Task<int>* task) -> Coroutine<> { co_await *task; };
  EXPECT_THROW(run(listen(&task)), std::runtime_error);
}

TEST_F(TaskTest, OutlivesItsAwaiter) {
  Future<std::string> future;
  Task<std::string> task(*loop, nested(2, &future));
  auto listen = [](Task<std::string>* task) -> Coroutine<> { co_await *task; };
  {
    Task<> awaiter(*loop, listen(&task));
    run();
  }
  future.set_result("alone");
  run();
  EXPECT_EQ(task.result(), "alone");
}

TEST_F(TaskTest, DestroyedTaskCancelsItsAwaiter) {
  Future<std::string> future;
  std::optional<Task<std::string>> task(std::in_place, *loop, nested(2, &future));
  auto listen = [](Task<std::string>* task) -> Coroutine<> { co_await *task; };
  Task<> awaiter(*loop, listen(&*task));
  run();
  task.reset();
  run();
  EXPECT_TRUE(awaiter.cancelled());
}

TEST_F(TaskTest, DestroyedBeforeItsResultIsReadCancelsItsAwaiter) {
  Future<std::string> future;
  std::optional<Task<std::string>> task(std::in_place, *loop, nested(2, &future));
  auto listen = [](Task<std::string>* task) -> Coroutine<> { co_await *task; };
  Task<> awaiter(*loop, listen(&*task));
  run();
  future.set_result("said to nobody");
  loop->call_soon([&] {
    EXPECT_TRUE(task->done());
    task.reset();
  });
  run();
  EXPECT_TRUE(awaiter.cancelled());
}

TEST_F(TaskTest, AwaiterOfADestroyedTaskCanBeCancelled) {
  Future<std::string> future;
  auto task = std::make_unique<Task<std::string>>(*loop, nested(2, &future));
  auto listen = [](Task<std::string>* task) -> Coroutine<> { co_await *task; };
  Task<> awaiter(*loop, listen(task.get()));
  run();
  task.reset();
  awaiter.cancel();
  run();
  EXPECT_TRUE(awaiter.cancelled());
}

TEST_F(TaskTest, CannotAwaitItself) {
  auto main = [](Task<>** self) -> Coroutine<> { co_await **self; };
  Task<>* self = nullptr;
  Task<> task(*loop, main(&self));
  self = &task;
  run();
  EXPECT_THROW(task.result(), std::logic_error);
}

TEST_F(TaskTest, IsWokenByAFutureThatIsDoneBeforeItIsAwaited) {
  Future<std::string> future;
  future.set_result("early");
  EXPECT_EQ(run(nested(3, &future)), "early");
}

// ---- cancelled
// -----------------------------------------------------------------------------------------------------

TEST_F(TaskTest, CancelThrowsWhereItWaitsAndMakesItCancelled) {
  Future<std::string> future;
  Log log;
  Task<> task(*loop, note(&future, &log));
  run();
  EXPECT_TRUE(task.cancel());
  EXPECT_FALSE(task.done()) << "it is thrown in the next turn";
  run();
  EXPECT_TRUE(task.done());
  EXPECT_TRUE(task.cancelled());
  EXPECT_EQ(log, Log{"cancelled"});
  EXPECT_THROW(task.result(), CancelledError);
  EXPECT_THROW(task.exception(), CancelledError);
  future.set_result("late, and nobody minds");
}

TEST_F(TaskTest, CancelBeforeItStartsMeansThatItNeverRuns) {
  bool started = false;
  auto main = [](bool* started, std::shared_ptr<int>) -> Coroutine<> {
    *started = true;
    co_return;
  };
  auto parameter = std::make_shared<int>(1);
  Task<> task(*loop, main(&started, parameter));
  EXPECT_TRUE(task.cancel());
  run();
  EXPECT_FALSE(started);
  EXPECT_TRUE(task.cancelled());
  EXPECT_EQ(parameter.use_count(), 1);
}

TEST_F(TaskTest, CancelTwiceBeforeItIsThrownThrowsOnce) {
  Future<std::string> one, other;
  Log log;
  auto main = [](Future<std::string>* one, Future<std::string>* other, Log* log) -> Coroutine<> {
    try {
      co_await *one;
    } catch (const CancelledError&) {
      log->push_back("cancelled");
    }
    log->push_back(co_await *other);
  };
  Task<> task(*loop, main(&one, &other, &log));
  run();
  EXPECT_TRUE(task.cancel());
  EXPECT_TRUE(task.cancel());
  EXPECT_EQ(task.cancelling(), 2);
  run();
  other.set_result("went on");
  run();
  EXPECT_EQ(log, (Log{"cancelled", "went on"}));
  EXPECT_FALSE(task.cancelled()) << "whoever swallows the error is not cancelled";
}

TEST_F(TaskTest, CancelAgainAfterItWasSwallowedThrowsAgain) {
  Future<std::string> future;
  auto main = [](Future<std::string>* future) -> Coroutine<> {
    try {
      co_await *future;
    } catch (const CancelledError&) {
    }
    co_await *future;
  };
  Task<> task(*loop, main(&future));
  run();
  task.cancel();
  run();
  EXPECT_FALSE(task.done());
  task.cancel();
  run();
  EXPECT_TRUE(task.cancelled());
}

TEST_F(TaskTest, CancelOfOneThatIsDoneChangesNothing) {
  Task<std::string> task(*loop, value("done"));
  run();
  EXPECT_FALSE(task.cancel());
  run();
  EXPECT_FALSE(task.cancelled());
  EXPECT_EQ(task.result(), "done");
}

TEST_F(TaskTest, CancelWinsAgainstAResultThatWasNotYetDelivered) {
  Future<std::string> future;
  Task<std::string> task(*loop, nested(2, &future));
  run();
  future.set_result("too late");
  task.cancel();
  run();
  EXPECT_TRUE(task.cancelled());
}

TEST_F(TaskTest, CancelFromInsideThrowsAtTheNextWait) {
  Future<std::string> future;
  Log log;
  auto main = [](Future<std::string>* future, Log* log) -> Coroutine<> {
    current_task().cancel();
    log->push_back(co_await value("no wait, no error"));
    co_await note(future, log);
  };
  Task<> task(*loop, main(&future, &log));
  run();
  EXPECT_EQ(log, (Log{"no wait, no error", "cancelled"}));
  EXPECT_TRUE(task.cancelled());
}

TEST_F(TaskTest, CancelFromInsideAfterTheLastWaitStillCancels) {
  auto main = []() -> Coroutine<std::string> {
    current_task().cancel();
    co_return "result";
  };
  Task<std::string> task(*loop, main());
  run();
  EXPECT_TRUE(task.cancelled());
  EXPECT_THROW(task.result(), CancelledError);
}

TEST_F(TaskTest, CancelFromInsideLeavesTheErrorOfATaskThatFails) {
  auto main = []() -> Coroutine<> {
    current_task().cancel();
    co_await fails("more than cancelled");
  };
  Task<> task(*loop, main());
  run();
  EXPECT_FALSE(task.cancelled());
  EXPECT_EQ(message_of(task.exception()), "more than cancelled");
}

TEST_F(TaskTest, CancelFromInsideCancelsTheTaskThatIsAwaitedNext) {
  Future<std::string> future;
  Log log;
  Task<> inner(*loop, note(&future, &log));
  auto main = [](Task<>* inner) -> Coroutine<> {
    current_task().cancel();
    co_await *inner;
  };
  Task<> outer(*loop, main(&inner));
  run();
  EXPECT_EQ(log, Log{"cancelled"});
  EXPECT_TRUE(inner.cancelled());
  EXPECT_TRUE(outer.cancelled());
  EXPECT_EQ(outer.cancelling(), 1);
}

TEST_F(TaskTest, CancelInARingOfTwoEndsBoth) {
  std::vector<Task<>*> tasks(2);
  auto listen = [](std::vector<Task<>*>* tasks, std::size_t which) -> Coroutine<> {
    co_await *(*tasks)[which];
  };
  Task<> one(*loop, listen(&tasks, 1));
  Task<> other(*loop, listen(&tasks, 0));
  tasks = {&one, &other};
  run();
  one.cancel();
  run();
  EXPECT_TRUE(one.cancelled());
  EXPECT_TRUE(other.cancelled());
}

TEST_F(TaskTest, AnErrorThrownInPlaceOfTheCancelledErrorIsTheTasksError) {
  Future<std::string> future;
  auto main = [](Future<std::string>* future) -> Coroutine<> {
    try {
      co_await *future;
    } catch (const CancelledError&) {
      throw std::runtime_error("while cleaning up");
    }
  };
  Task<> task(*loop, main(&future));
  run();
  task.cancel();
  run();
  EXPECT_FALSE(task.cancelled());
  EXPECT_EQ(message_of(task.exception()), "while cleaning up");
}

TEST_F(TaskTest, CancelOfAnAwaiterCancelsTheTaskThatItAwaits) {
  Future<std::string> future;
  Log log;
  Task<> inner(*loop, note(&future, &log));
  auto listen = [](Task<>* task) -> Coroutine<> { co_await *task; };
  Task<> outer(*loop, listen(&inner));
  run();
  outer.cancel();
  run();
  EXPECT_TRUE(inner.cancelled());
  EXPECT_TRUE(outer.cancelled());
  EXPECT_EQ(log, Log{"cancelled"});
}

TEST_F(TaskTest, CancelAfterTheAwaitedTaskIsDoneHitsTheAwaiter) {
  Future<std::string> future;
  Task<std::string> inner(*loop, nested(0, &future));
  auto listen = [](Task<std::string>* task) -> Coroutine<std::string> { co_return co_await *task; };
  Task<std::string> outer(*loop, listen(&inner));
  run();
  future.set_result("x");
  inner.add_done_callback([] {});
  loop->call_soon([&] {
    EXPECT_TRUE(inner.done());
    EXPECT_FALSE(outer.done());
    outer.cancel();
  });
  run();
  EXPECT_EQ(inner.result(), "x");
  EXPECT_TRUE(outer.cancelled());
}

// Awaits `inner`; a `stubborn` one does not mind if that was cancelled.
Coroutine<std::string> listen_to(Task<std::string>* inner, bool stubborn) {
  try {
    co_return co_await *inner;
  } catch (const CancelledError&) {
    if (!stubborn) throw;
  }
  co_return "all the same";
}

TEST_F(TaskTest, CancelReachesTheInnermostOfTasksThatAwaitOneAnother) {
  Future<std::string> future;
  Task<std::string> inner(*loop, nested(1, &future));
  Task<std::string> middle(*loop, listen_to(&inner, false));
  Task<std::string> outer(*loop, listen_to(&middle, false));
  run();
  outer.cancel();
  run();
  EXPECT_TRUE(inner.cancelled());
  EXPECT_TRUE(middle.cancelled());
  EXPECT_TRUE(outer.cancelled());
}

TEST_F(TaskTest, SwallowedCancelDoesNotReachTheAwaiter) {
  Future<std::string> future;
  Task<std::string> inner(*loop, nested(1, &future));
  Task<std::string> middle(*loop, listen_to(&inner, true));
  Task<std::string> outer(*loop, listen_to(&middle, false));
  run();
  outer.cancel();
  run();
  EXPECT_TRUE(inner.cancelled());
  EXPECT_EQ(outer.result(), "all the same");
}

TEST_F(TaskTest, UncancelBeforeTheThrowUndoesTheCancel) {
  Future<std::string> future;
  Log log;
  Task<> task(*loop, note(&future, &log));
  run();
  task.cancel();
  EXPECT_EQ(task.uncancel(), 0);
  run();
  EXPECT_FALSE(task.done()) << "it still waits";
  future.set_result("after all");
  run();
  EXPECT_EQ(log, Log{"got after all"});
}

TEST_F(TaskTest, UncancelLeavesTheWakeUpOfAResultThatHasCome) {
  Future<std::string> future;
  Log log;
  Task<> task(*loop, note(&future, &log));
  run();
  task.cancel();
  future.set_result("after all");
  task.uncancel();
  run();
  EXPECT_EQ(log, Log{"got after all"});
}

TEST_F(TaskTest, CatchingStdExceptionDoesNotCatchACancel) {
  static_assert(!std::is_base_of_v<std::exception, CancelledError>);
}

// ---- dropped
// -------------------------------------------------------------------------------------------------------

TEST_F(TaskTest, CanBeDroppedWhileItWaits) {
  Future<std::string> future;
  {
    Task<std::string> task(*loop, nested(3, &future));
    run();
    EXPECT_EQ(Counted::alive, 4);
  }
  EXPECT_EQ(Counted::alive, 0);
  future.set_result("nobody waits");
  run();
}

TEST_F(TaskTest, CanBeDroppedWhileItsWakeUpIsQueued) {
  Future<std::string> future;
  {
    Task<std::string> task(*loop, nested(3, &future));
    run();
    future.set_result("queued");
  }
  run();
}

TEST_F(TaskTest, CanBeDroppedBeforeItsFirstTurn) {
  {
    Task<std::string> task(*loop, value("never"));
  }
  run();
}

TEST_F(TaskTest, CanDropAnotherThatIsDueInTheSameTurn) {
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
  Task<> task(*loop, killer(&go, &victim));
  victim.emplace(*loop, prey(&go, &ran));
  run();
  go.set_result();  // wakes both, the killer first
  run();
  EXPECT_TRUE(task.done());
  EXPECT_FALSE(ran);
}

TEST_F(TaskTest, DestroyedFutureCancelsItsWaiter) {
  std::optional<Future<std::string>> future(std::in_place);
  Task<std::string> task(*loop, nested(1, &*future));
  run();
  future.reset();
  run();
  EXPECT_TRUE(task.cancelled());
}

TEST_F(TaskTest, UncancelDoesNotUndoADestroyedFuture) {
  std::optional<Future<std::string>> future(std::in_place);
  Log log;
  Task<> task(*loop, note(&*future, &log));
  run();
  future.reset();
  EXPECT_EQ(task.cancelling(), 0);
  task.cancel();
  task.uncancel();
  run();
  EXPECT_EQ(log, Log{"cancelled"});
}

TEST_F(TaskTest, FutureDestroyedBeforeItsResultIsReadCancels) {
  std::optional<Future<std::string>> future(std::in_place);
  Task<std::string> task(*loop, nested(1, &*future));
  run();
  future->set_result("said to nobody");
  future.reset();
  run();
  EXPECT_TRUE(task.cancelled());
}

// ---- Future
// ----------------------------------------------------------------------------------------------------------

TEST_F(TaskTest, AFutureIsSetOnlyOnce) {
  Future<std::string> future;
  future.set_result("first");
  EXPECT_THROW(future.set_result("second"), std::logic_error);
  EXPECT_THROW(future.set_exception(error("third")), std::logic_error);
  EXPECT_EQ(future.result(), "first");
  EXPECT_EQ(future.exception(), nullptr);
}

TEST_F(TaskTest, AFutureCallsBackAtOnceInOrder) {
  Log log;
  Future<> future;
  future.add_done_callback([&] { log.push_back("first"); });
  future.add_done_callback([&] { log.push_back("second"); });
  future.set_exception(error("broken"));
  future.add_done_callback([&] { log.push_back("late"); });
  EXPECT_EQ(log, (Log{"first", "second", "late"}));
  EXPECT_THROW(future.result(), std::runtime_error);
}

TEST_F(TaskTest, FutureWakesAllWaitersInOrder) {
  Future<std::string> future;
  Log log;
  Task<> one(*loop, note(&future, &log));
  Task<> other(*loop, note(&future, &log));
  run();
  other.cancel();
  future.set_result("x");
  run();
  EXPECT_EQ(log, (Log{"cancelled", "got x"}));
}

// ---- errors that were never read
// ----------------------------------------------------------------------------------

TEST_F(TaskTest, UnreadErrorIsReportedOnceByName) {
  testing::internal::CaptureStderr();
  {
    Task<int> task(*loop, failing("the reason"), "fetch /1");
    run();
  }
  run();
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "the task 'fetch /1' failed and its error was never read: the reason\n");
}

TEST_F(TaskTest, ReadErrorIsNotReported) {
  testing::internal::CaptureStderr();
  {
    Task<int> result(*loop, failing()), exception(*loop, failing()), awaited(*loop, failing());
    auto listen = [](Task<int>* task) -> Coroutine<> {
      try {
        co_await *task;
      } catch (const std::runtime_error&) {
      }
    };
    Task<> awaiter(*loop, listen(&awaited));
    run();
    EXPECT_THROW(result.result(), std::runtime_error);
    EXPECT_NE(exception.exception(), nullptr);
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(TaskTest, CancelledOrDestroyedTaskIsNotReported) {
  testing::internal::CaptureStderr();
  {
    Future<std::string> future;
    Task<std::string> cancelled(*loop, nested(0, &future)), dropped(*loop, nested(0, &future));
    run();
    cancelled.cancel();
    run();
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

// ---- run_until_complete and the end of the loop
// ------------------------------------------------------------------------

TEST_F(TaskTest, RunUntilCompleteThrowsWhatTheCoroutineThrew) {
  EXPECT_THROW(run(failing()), std::runtime_error);
}

TEST_F(TaskTest, RunUntilCompleteReportsAnUnfinishedCoroutine) {
  Future<std::string> future;
  EXPECT_THROW(run(nested(1, &future)), std::logic_error);
}

TEST_F(TaskTest, RunUntilCompleteLeavesOtherTasksWhereTheyAre) {
  Future<std::string> future;
  Task<std::string> other(*loop, nested(1, &future));
  EXPECT_EQ(run(value("mine")), "mine");
  EXPECT_FALSE(other.done());
  future.set_result("later");
  run();
  EXPECT_EQ(other.result(), "later");
}

TEST_F(TaskTest, LoopDestroysPendingTasksYoungestFirst) {
  struct Noted {
    Noted(Log* log, std::string text) : log(log), text(std::move(text)) {}
    ~Noted() { log->push_back(text); }
    Log* log;
    std::string text;
  };
  Log log;
  Event never;
  auto wait = [](Log* log, std::string name, Event* never) -> Coroutine<> {
    const Noted noted(log, std::move(name));
    co_await never->wait();
  };
  auto sleeper = [](Log* log) -> Coroutine<> {
    const Noted noted(log, "timer");
    co_await sleep(seconds(60));
  };
  Task<> first(*loop, wait(&log, "first", &never));
  Task<> second(*loop, sleeper(&log));
  Task<> third(*loop, wait(&log, "third", &never));
  loop->call_soon([&] { loop->stop(); });
  run();
  loop.reset();
  EXPECT_EQ(log, (Log{"third", "timer", "first"}));
  EXPECT_TRUE(first.cancelled());
}

TEST_F(TaskTest, TaskDestroyedWithTheLoopCountsAsCancelled) {
  Task<> nothing(*loop, []() -> Coroutine<> { co_return; }());
  Task<std::string> something(*loop, value("never"));
  loop.reset();
  EXPECT_THROW(nothing.result(), CancelledError);
  EXPECT_THROW(something.result(), CancelledError);
  EXPECT_THROW(something.exception(), CancelledError);
}

TEST_F(TaskTest, StoppingTheLoopInsideLeavesNothingBehind) {
  auto stops = []() -> Coroutine<std::string> {
    current_task().loop().stop();
    co_return "stopped";
  };
  EXPECT_EQ(run(stops()), "stopped");
  run(sleep(milliseconds(1)));
}

TEST_F(TaskTest, LoopDestroysCallbacksThatAreStillDue) {
  auto owned = std::make_shared<int>(1);
  loop->call_soon([owned] {});
  auto timer = loop->call_later(seconds(60), [owned] {});
  Task<std::string> task(*loop, value("never"));
  EXPECT_EQ(owned.use_count(), 3);
  timer.cancel();
  loop.reset();
  EXPECT_EQ(owned.use_count(), 1);
  EXPECT_TRUE(task.cancelled());
}

TEST_F(TaskTest, CurrentTaskWhereNoneRunsIsALogicError) {
  EXPECT_THROW(current_task(), std::logic_error);
  bool threw = false;
  loop->call_soon([&threw] {
    try {
      current_task();
    } catch (const std::logic_error&) {
      threw = true;
    }
  });
  run();
  EXPECT_TRUE(threw);
}

TEST_F(TaskTest, MovedFromCoroutineIsALogicError) {
  auto coroutine = value("x");
  const Task<std::string> task(*loop, std::move(coroutine));
  // NOLINTNEXTLINE(bugprone-use-after-move): that is the point
  EXPECT_THROW(Task<std::string>(*loop, std::move(coroutine)), std::logic_error);
  EXPECT_EQ(loop->youngest_task(), &task);
  run();
}

TEST_F(TaskTest, AwaitedCoroutineIsALogicError) {
  auto twice = [](EventLoop* loop) -> Coroutine<> {
    auto coroutine = value("x");
    co_await coroutine;
    EXPECT_THROW(Task<std::string>(*loop, std::move(coroutine)), std::logic_error);
  };
  run(twice(loop.get()));
}

// Calls back when it goes.
struct Last {
  explicit Last(std::function<void()> act) : act(std::move(act)) {}
  Last(Last&& other) noexcept : act(std::exchange(other.act, nullptr)) {}
  ~Last() {
    if (act) act();
  }
  std::function<void()> act;
};

Coroutine<> holds([[maybe_unused]] Last last) { co_return; }

TEST_F(TaskTest, ParametersDestructorMayCancelItsTask) {
  TaskBase* self = nullptr;
  Task<> task(*loop, holds(Last([&self] { self->cancel(); })));
  self = &task;
  run();
  EXPECT_TRUE(task.done());
  EXPECT_FALSE(task.cancelled());
  EXPECT_FALSE(task.due());
}

// Awaits `tasks[i + 1]`, the last one `future`.
Coroutine<> await_next(std::vector<std::unique_ptr<Task<>>>* tasks, std::size_t i,
                       Future<std::string>* future) {
  if (i + 1 < tasks->size()) {
    co_await *(*tasks)[i + 1];
  } else {
    co_await *future;
  }
}

TEST_F(TaskTest, CancelThroughHalfAMillionTasksNeedsNoStack) {
  Future<std::string> future;
  // A recursive cancel overflowed at 315,000, and with AddressSanitizer at 52,000.
  std::vector<std::unique_ptr<Task<>>> tasks(with_address_sanitizer ? 100'000 : 500'000);
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    tasks[i] = std::make_unique<Task<>>(*loop, await_next(&tasks, i, &future));
  }
  loop->call_soon([&] {
    tasks.front()->cancel();
    EXPECT_EQ(tasks.front()->cancelling(), 1);
    EXPECT_EQ(tasks.back()->cancelling(), 1);
    EXPECT_TRUE(tasks.back()->due());
  });
  run();
  EXPECT_TRUE(tasks.back()->cancelled());
  EXPECT_TRUE(tasks.front()->cancelled());
}

TEST_F(TaskTest, CancelThroughARingVisitsEachTaskOnce) {
  std::vector<std::unique_ptr<Task<>>> tasks(3);
  auto await_at = [](auto* tasks, std::size_t which) -> Coroutine<> { co_await *(*tasks)[which]; };
  tasks[0] = std::make_unique<Task<>>(*loop, await_at(&tasks, 1));
  tasks[1] = std::make_unique<Task<>>(*loop, await_at(&tasks, 2));
  tasks[2] = std::make_unique<Task<>>(*loop, await_at(&tasks, 1));
  loop->call_soon([&] {
    tasks[0]->cancel();
    for (const auto& task : tasks) EXPECT_EQ(task->cancelling(), 1);
  });
  run();
  for (const auto& task : tasks) EXPECT_TRUE(task->cancelled());
}

// As in asyncio, where it is asked to cancel while it runs it goes on only after those that it woke
// or made in the rest of its step. programs.py found the other order.
TEST_F(TaskTest, CancelFromInsideWaitsForTheStepToEnd) {
  Event go;
  Log log;
  auto tell = [](Event* go, Log* log) -> Coroutine<> {
    co_await go->wait();
    log->push_back("woken");
  };
  auto cancels_itself = [](Event* go, Log* log) -> Coroutine<> {
    current_task().cancel();
    go->set();
    Future<> never;
    try {
      co_await never;
    } catch (const CancelledError&) {
      log->push_back("cancelled");
      throw;
    }
  };
  const Task<> other(*loop, tell(&go, &log));
  const Task<> task(*loop, cancels_itself(&go, &log));
  run();
  EXPECT_EQ(log, (Log{"woken", "cancelled"}));
}

}  // namespace
