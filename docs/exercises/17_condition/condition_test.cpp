// Exercise 17. The test of start/condition.h, or of the solution.
#include "condition.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "stage5_native_coroutines/task.h"
#include "tests/stage5_native_coroutines/runtime_tools.h"

namespace {

class ACondition : public Runtime {
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

TEST_F(ACondition, NotifiesOneAtATimeInTheirOrder) {
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

TEST_F(ACondition, NotifiesAllWhoWaitNow) {
  start_all();
  condition.notify_all();
  const auto late = start("d");
  run();
  EXPECT_EQ(notified, "abc");
}

TEST_F(ACondition, IsNotRemembered) {
  condition.notify_one();
  condition.notify_all();
  start_all();
  EXPECT_EQ(notified, "");
}

TEST_F(ACondition, ForgetsWhoWasCancelledBefore) {
  start_all();
  a->cancel();
  run();
  condition.notify_one();
  run();
  EXPECT_EQ(notified, "b");
}

TEST_F(ACondition, PassesItOnIfTheOneWhoGotItIsCancelledInTheSameTurn) {
  start_all();
  condition.notify_one();
  a->cancel();
  run();
  EXPECT_EQ(notified, "b") << "the notification was lost: b waits, though something has changed";
  EXPECT_TRUE(a->cancelled());
}

TEST_F(ACondition, PassesItOnIfTheOneWhoGotItIsDropped) {
  start_all();
  condition.notify_one();
  a.reset();
  b.reset();
  run();
  EXPECT_EQ(notified, "c");
}

TEST_F(ACondition, LetsWhoWaitsLookAgainAfterEachNotification) {
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
