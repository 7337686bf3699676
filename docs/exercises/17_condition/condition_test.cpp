// Exercise 17. The test of start/condition.h, or of the solution.
#include "condition.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "stage5_native_coroutines/task.h"
#include "tests/stage5_native_coroutines/runtime_tools.h"

namespace {

class ConditionTest : public Runtime {
 protected:
  Coroutine<> wait(std::string name) {
    Counted counted;
    co_await condition.wait();
    notified += name;
  }
  std::unique_ptr<Task<>> start(const char* name) {
    return std::make_unique<Task<>>(*loop, wait(name));
  }
  void start_all() {
    a = start("a");
    b = start("b");
    c = start("c");
    run();
  }

  Condition condition;
  std::string notified;
  std::unique_ptr<Task<>> a, b, c;
};

TEST_F(ConditionTest, NotifiesOneAtATimeInTheirOrder) {
  start_all();
  condition.notify_one();
  run();
  EXPECT_EQ(notified, "a");
  condition.notify_one();
  condition.notify_one();
  condition.notify_one();  // nobody is left
  run();
  EXPECT_EQ(notified, "abc");
}

TEST_F(ConditionTest, NotifyAllWakesAllCurrentWaiters) {
  start_all();
  condition.notify_all();
  const auto late = start("d");
  run();
  EXPECT_EQ(notified, "abc");
}

TEST_F(ConditionTest, NotificationWithoutWaitersIsLost) {
  condition.notify_one();
  condition.notify_all();
  start_all();
  EXPECT_EQ(notified, "");
}

TEST_F(ConditionTest, NotificationSkipsACancelledWaiter) {
  start_all();
  a->cancel();
  run();
  condition.notify_one();
  run();
  EXPECT_EQ(notified, "b");
}

TEST_F(ConditionTest, CancelledWaiterPassesItsNotificationOn) {
  start_all();
  condition.notify_one();
  a->cancel();
  run();
  EXPECT_EQ(notified, "b") << "the notification was lost: b waits, though something has changed";
  EXPECT_TRUE(a->cancelled());
}

TEST_F(ConditionTest, DestroyedWaiterPassesItsNotificationOn) {
  start_all();
  condition.notify_one();
  a.reset();
  b.reset();
  run();
  EXPECT_EQ(notified, "c");
}

TEST_F(ConditionTest, WaiterRechecksAfterEachNotification) {
  int items = 0;
  int looked = 0;
  Task<> task(*loop, condition.wait_until([&] {
    ++looked;
    return items >= 2;
  }));
  run();
  for (items = 1; items <= 2; ++items) {
    EXPECT_FALSE(task.done());
    condition.notify_one();
    run();
  }
  EXPECT_TRUE(task.done());
  EXPECT_EQ(looked, 3);
}

}  // namespace
