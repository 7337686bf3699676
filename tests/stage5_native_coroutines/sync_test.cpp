// What tasks wait for together: Semaphore, Event, Queue.
#include <memory>
#include <optional>

#include "runtime_tools.h"
#include "stage5_native_coroutines/event.h"
#include "stage5_native_coroutines/queue.h"
#include "stage5_native_coroutines/semaphore.h"
#include "stage5_native_coroutines/timeout.h"

namespace {

// ---- Semaphore
// -----------------------------------------------------------------------------------------------------

class SemaphoreTest : public Runtime {
 protected:
  // Takes a permit, holds it until `until`, gives it back.
  static Coroutine<> hold(Semaphore* semaphore, Future<>* until, std::string* log, char name) {
    Counted counted;
    co_await semaphore->acquire();
    *log += name;
    co_await *until;
    semaphore->release();
  }
  std::string log;
};

TEST_F(SemaphoreTest, ServesTheLongestWaiterFirst) {
  Semaphore semaphore(2);
  Future<> a_until, b_until, c_until, d_until;
  Task<> a(*loop, hold(&semaphore, &a_until, &log, 'a'));
  Task<> b(*loop, hold(&semaphore, &b_until, &log, 'b'));
  Task<> c(*loop, hold(&semaphore, &c_until, &log, 'c'));
  Task<> d(*loop, hold(&semaphore, &d_until, &log, 'd'));
  run();
  EXPECT_EQ(log, "ab");
  b_until.set_result();
  run();
  EXPECT_EQ(log, "abc");
  a_until.set_result();
  run();
  EXPECT_EQ(log, "abcd");
  c_until.set_result();
  d_until.set_result();
  run();
  EXPECT_EQ(semaphore.permits(), 2);
}

TEST_F(SemaphoreTest, LatecomerCannotTakeAWaitersPermit) {
  Semaphore semaphore(1);
  Future<> a_until, b_until, c_until;
  Task<> a(*loop, hold(&semaphore, &a_until, &log, 'a'));
  Task<> b(*loop, hold(&semaphore, &b_until, &log, 'b'));
  run();
  semaphore.release();  // b has it now, though it does not know yet
  EXPECT_FALSE(semaphore.try_acquire());
  Task<> c(*loop, hold(&semaphore, &c_until, &log, 'c'));
  run();
  EXPECT_EQ(log, "ab");
}

TEST_F(SemaphoreTest, PermitOfACancelledWaiterIsPassedOn) {
  Semaphore semaphore(1);
  Future<> a_until, b_until, c_until;
  Task<> a(*loop, hold(&semaphore, &a_until, &log, 'a'));
  Task<> b(*loop, hold(&semaphore, &b_until, &log, 'b'));
  Task<> c(*loop, hold(&semaphore, &c_until, &log, 'c'));
  run();
  semaphore.release();  // handed to b …
  b.cancel();           // … which will not take it
  run();
  EXPECT_TRUE(b.cancelled());
  EXPECT_EQ(log, "ac");
}

TEST_F(SemaphoreTest, CancelledWaiterLeavesTheQueue) {
  Semaphore semaphore(0);
  Future<> until;
  Task<> a(*loop, hold(&semaphore, &until, &log, 'a'));
  Task<> b(*loop, hold(&semaphore, &until, &log, 'b'));
  run();
  a.cancel();
  run();
  EXPECT_TRUE(a.cancelled());
  semaphore.release();
  run();
  EXPECT_EQ(log, "b");
}

TEST_F(SemaphoreTest, DestroyedWaiterGetsNoPermit) {
  Semaphore semaphore(0);
  Future<> until;
  std::optional<Task<>> a(std::in_place, *loop, hold(&semaphore, &until, &log, 'a'));
  Task<> b(*loop, hold(&semaphore, &until, &log, 'b'));
  run();
  a.reset();
  semaphore.release();
  run();
  EXPECT_EQ(log, "b");
}

// ---- Event
// ---------------------------------------------------------------------------------------------------------

Coroutine<> wait_for(Event* event, std::string* log, char name) {
  Counted counted;
  co_await event->wait();
  *log += name;
}

class EventTest : public Runtime {
 protected:
  Event event;
  std::string log;
};

TEST_F(EventTest, SetWakesAllWaitersInOrder) {
  Task<> a(*loop, wait_for(&event, &log, 'a'));
  Task<> b(*loop, wait_for(&event, &log, 'b'));
  run();
  EXPECT_EQ(log, "");
  event.set();
  run();
  EXPECT_EQ(log, "ab");
}

TEST_F(EventTest, SetEventNeedsNoWait) {
  event.set();
  event.set();
  run(wait_for(&event, &log, 'a'));
  EXPECT_EQ(log, "a");
}

TEST_F(EventTest, ClearRightAfterSetStillWakesTheWaiters) {
  Task<> a(*loop, wait_for(&event, &log, 'a'));
  run();
  event.set();
  event.clear();
  Task<> b(*loop, wait_for(&event, &log, 'b'));
  run();
  EXPECT_EQ(log, "a");
  EXPECT_FALSE(event.is_set());
}

TEST_F(EventTest, CancelledWaitIsForgotten) {
  Task<> a(*loop, wait_for(&event, &log, 'a'));
  Task<> b(*loop, wait_for(&event, &log, 'b'));
  Task<> c(*loop, wait_for(&event, &log, 'c'));
  run();
  b.cancel();
  run();
  event.set();
  run();
  EXPECT_EQ(log, "ac");
  EXPECT_TRUE(b.cancelled());
}

TEST_F(EventTest, DestroyedEventCancelsItsWaiters) {
  auto gone = std::make_unique<Event>();
  Task<> a(*loop, wait_for(gone.get(), &log, 'a'));
  run();
  gone.reset();
  run();
  EXPECT_TRUE(a.cancelled());
}

TEST_F(EventTest, SetBeforeDestructionStillWakesTheWaiters) {
  auto gone = std::make_unique<Event>();
  Task<> a(*loop, wait_for(gone.get(), &log, 'a'));
  run();
  gone->set();
  gone.reset();
  run();
  EXPECT_EQ(log, "a");
}

// ---- Queue
// ---------------------------------------------------------------------------------------------------------

class QueueTest : public Runtime {
 protected:
  static Coroutine<> take(Queue<int>* queue, Log* log, std::string name) {
    Counted counted;
    const int item = co_await queue->get();
    log->push_back(name + std::to_string(item));
  }
  static Coroutine<> give(Queue<int>* queue, Log* log, int item) {
    Counted counted;
    co_await queue->put(item);
    log->push_back("put " + std::to_string(item));
  }
  Log log;
};

TEST_F(QueueTest, ItemsAndWaitersAreFirstInFirstOut) {
  Queue<int> queue;
  Task<> a(*loop, take(&queue, &log, "a"));
  Task<> b(*loop, take(&queue, &log, "b"));
  run();
  EXPECT_TRUE(queue.put_nowait(1));
  EXPECT_TRUE(queue.put_nowait(2));
  run();
  EXPECT_EQ(log, (Log{"a1", "b2"}));
}

TEST_F(QueueTest, PutWaitsForRoom) {
  Queue<int> queue(1);
  Task<> one(*loop, give(&queue, &log, 1));
  Task<> two(*loop, give(&queue, &log, 2));
  run();
  EXPECT_EQ(log, Log{"put 1"});
  EXPECT_FALSE(queue.put_nowait(3));
  EXPECT_EQ(queue.get_nowait(), 1);
  run();
  EXPECT_EQ(log, (Log{"put 1", "put 2"}));
  EXPECT_EQ(queue.size(), 1);
}

TEST_F(QueueTest, GetNowaitOfAnEmptyOneGivesNothing) {
  Queue<int> queue;
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.get_nowait(), std::nullopt);
}

TEST_F(QueueTest, ItemOfACancelledGetGoesToTheNext) {
  Queue<int> queue;
  Task<> a(*loop, take(&queue, &log, "a"));
  Task<> b(*loop, take(&queue, &log, "b"));
  run();
  queue.put_nowait(1);
  a.cancel();
  run();
  EXPECT_TRUE(a.cancelled());
  EXPECT_EQ(log, Log{"b1"});
}

TEST_F(QueueTest, RoomOfACancelledPutGoesToTheNext) {
  Queue<int> queue(1);
  queue.put_nowait(0);
  Task<> one(*loop, give(&queue, &log, 1));
  Task<> two(*loop, give(&queue, &log, 2));
  run();
  EXPECT_EQ(queue.get_nowait(), 0);
  one.cancel();
  run();
  EXPECT_TRUE(one.cancelled());
  EXPECT_EQ(log, Log{"put 2"});
  EXPECT_EQ(queue.get_nowait(), 2);
}

TEST_F(QueueTest, ItemOfADestroyedGetGoesToTheNext) {
  Queue<int> queue;
  std::optional<Task<>> a(std::in_place, *loop, take(&queue, &log, "a"));
  Task<> b(*loop, take(&queue, &log, "b"));
  run();
  queue.put_nowait(1);
  a.reset();
  run();
  EXPECT_EQ(log, Log{"b1"});
}

TEST_F(QueueTest, CancelledPutAddsNothing) {
  Queue<int> queue(1);
  queue.put_nowait(0);
  Task<> one(*loop, give(&queue, &log, 1));
  Task<> two(*loop, give(&queue, &log, 2));
  run();
  one.cancel();
  run();
  EXPECT_EQ(queue.get_nowait(), 0);
  run();
  EXPECT_EQ(queue.get_nowait(), 2);
  EXPECT_TRUE(queue.empty());
}

TEST_F(QueueTest, JoinWaitsUntilTheWorkOnEveryItemIsDone) {
  Queue<int> queue;
  auto work = [](Queue<int>* queue, Log* log) -> Coroutine<> {
    for (;;) {
      const int item = co_await queue->get();
      co_await sleep(milliseconds(1));
      log->push_back(std::to_string(item));
      queue->task_done();
    }
  };
  Task<> one(*loop, work(&queue, &log));
  Task<> other(*loop, work(&queue, &log));
  for (const int item : {1, 2, 3}) queue.put_nowait(item);
  run(queue.join());
  EXPECT_EQ(log, (Log{"1", "2", "3"}));
}

TEST_F(QueueTest, JoinOfAnUnusedQueueDoesNotWait) {
  Queue<int> queue;
  run(queue.join());
}

TEST_F(QueueTest, TaskDoneOnceTooOftenSaysSo) {
  Queue<int> queue;
  queue.put_nowait(1);
  queue.task_done();
  EXPECT_THROW(queue.task_done(), std::logic_error);
}

Coroutine<> acquire_and_tell(Semaphore* semaphore, Log* log, std::string name) {
  co_await semaphore->acquire();
  log->push_back(name);
}

TEST_F(SemaphoreTest, LatecomerDoesNotPassAWaiterWithAPermit) {
  Semaphore semaphore(0);
  Log log;
  const Task<> first(*loop, acquire_and_tell(&semaphore, &log, "first"));
  std::unique_ptr<Task<>> second;
  loop->call_soon([&] {
    second = std::make_unique<Task<>>(*loop, acquire_and_tell(&semaphore, &log, "second"));
    loop->call_soon([&] { log.push_back(semaphore.try_acquire() ? "third" : "third refused"); });
    semaphore.release();
    semaphore.release();
    log.push_back(semaphore.try_acquire() ? "overtaken" : "refused");
  });
  run();
  EXPECT_EQ(log, (Log{"refused", "third refused", "first", "second"}));
}

TEST_F(SemaphoreTest, CancelledHeadLetsTheNextTakeAFreePermit) {
  Semaphore semaphore(0);
  Log log;
  Task<> first(*loop, acquire_and_tell(&semaphore, &log, "first"));
  std::unique_ptr<Task<>> second;
  loop->call_soon([&] {
    semaphore.release();
    second = std::make_unique<Task<>>(*loop, acquire_and_tell(&semaphore, &log, "second"));
    first.cancel();
  });
  run();
  EXPECT_EQ(log, (Log{"second"}));
  EXPECT_EQ(semaphore.permits(), 0);
}

TEST_F(QueueTest, LatecomerCannotTakeAWaitersItem) {
  Queue<std::string> queue;
  Log log;
  auto take = [](Queue<std::string>* queue, Log* log) -> Coroutine<> {
    log->push_back("got " + co_await queue->get());
  };
  const Task<> waits(*loop, take(&queue, &log));
  loop->call_soon([&] {
    queue.put_nowait("1");
    queue.put_nowait("2");
    if (const auto item = queue.get_nowait()) log.push_back("a newcomer got " + *item);
  });
  run();
  EXPECT_EQ(log, (Log{"got 1"}));
  EXPECT_EQ(queue.get_nowait(), "2");
}

// Throws from its `throws`-th move on, once.
struct Fragile {
  explicit Fragile(int moves_left) : moves_left(moves_left) {}
  Fragile(Fragile&& other) : moves_left(other.moves_left) {
    if (moves_left == 0) {
      other.moves_left = -1;  // as good as new
      throw std::runtime_error("broken on the way");
    }
    --moves_left;
  }
  Fragile& operator=(Fragile&&) = delete;
  int moves_left;
};

TEST_F(QueueTest, ThrowingMoveLosesNoRoom) {
  for (int moves = 0; moves < 12; ++moves) {
    SCOPED_TRACE(moves);
    Queue<Fragile> queue(1);
    auto put_and_get = [](Queue<Fragile>* queue, Fragile* item) -> Coroutine<> {
      co_await queue->put(std::move(*item));
      co_await queue->get();
    };
    Fragile item(moves);
    try {
      run(put_and_get(&queue, &item));
    } catch (const std::runtime_error&) {
    }
    queue.get_nowait();  // one that threw where it was taken is still there
    EXPECT_TRUE(queue.empty());
    EXPECT_FALSE(queue.get_nowait().has_value());
    EXPECT_TRUE(queue.put_nowait(Fragile(-1)));
    EXPECT_TRUE(queue.get_nowait().has_value());
  }
}

TEST_F(QueueTest, ThrowingPutNowaitLosesNoRoom) {
  for (int moves = 0; moves < 4; ++moves) {
    SCOPED_TRACE(moves);
    Queue<Fragile> queue(1);
    try {
      queue.put_nowait(Fragile(moves));
      queue.get_nowait();
    } catch (const std::runtime_error&) {
      queue.get_nowait();
    }
    EXPECT_TRUE(queue.put_nowait(Fragile(-1)));
  }
}

}  // namespace
