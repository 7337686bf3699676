// Exercise 6. The test of start/sleep.h, or of the solution.
#include "sleep.h"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "common/net/clock.h"
#include "stage3_future_task/event_loop.h"
#include "stage3_future_task/generator.h"
#include "stage3_future_task/task.h"

namespace {

using namespace stage3;
using common::Clock;
using common::Duration;
using common::TimePoint;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Stands for
//
//   void nap(TimePoint when, std::string name, std::string& woken) {
//     yield sleep_until(when);
//     woken += name;
//   }
class Nap {
 public:
  Nap(EventLoop& loop, TimePoint when, std::string name, std::string& woken)
      : loop_(loop), when_(when), name_(std::move(name)), woken_(woken) {}

  Step<Value> resume(Sent& sent) {
    switch (std::exchange(state_, finished)) {
    case starting:
      sent.take();
      state_ = sleeping;
      return Yielded{sleep_until(loop_, when_)};
    case sleeping:
      sent.take();
      woken_ += name_;
      return Value{};
    case finished:
      break;
    }
    throw std::logic_error("resumed after it had finished");
  }

 private:
  enum State { starting, sleeping, finished };
  EventLoop& loop_;
  State state_ = starting;
  const TimePoint when_;
  const std::string name_;
  std::string& woken_;
};

class Sleep : public testing::Test {
 protected:
  std::unique_ptr<Task<Nap>> nap(Duration duration, const std::string& name) {
    return std::make_unique<Task<Nap>>(
        loop, std::make_unique<Nap>(loop, Clock::now() + duration, name, woken));
  }
  // Runs the loop until nothing is left in it, and tells how long that took.
  Duration run() {
    const auto started = Clock::now();
    loop.run();
    return Clock::now() - started;
  }

  EventLoop loop;
  std::string woken;
};

TEST_F(Sleep, EndsWhenItsTimeHasComeAndNotBefore) {
  const auto task = nap(milliseconds(20), "a");
  EXPECT_GE(run(), milliseconds(20));
  EXPECT_TRUE(task->done());
}

TEST_F(Sleep, DoesNotHoldUpOtherTasks) {
  const auto late = nap(milliseconds(60), "late ");
  const auto early = nap(milliseconds(20), "early ");
  run();
  EXPECT_EQ(woken, "early late ");
}

TEST_F(Sleep, PastDeadlineEndsInTheNextTurn) {
  const auto task = nap(milliseconds(-1), "a");
  EXPECT_FALSE(task->done());
  run();
  EXPECT_TRUE(task->done());
}

TEST_F(Sleep, DestroyingTheTaskCancelsTheSleep) {
  auto task = nap(seconds(5), "a");
  task.reset();
  EXPECT_LT(run(), seconds(4)) << "the loop waited for a timer that nobody wanted any more";
  EXPECT_EQ(woken, "");
}

TEST_F(Sleep, EndsEarlyWhenSomethingIsThrownIntoIt) {
  const auto task = nap(seconds(5), "a");
  task->throw_(std::make_exception_ptr(std::runtime_error("alarm")));
  EXPECT_THROW(task->result(), std::runtime_error);
  EXPECT_LT(run(), seconds(4)) << "the loop waited for a timer that nobody wanted any more";
}

TEST_F(Sleep, AllHoldersShareTheFuture) {
  auto future = sleep_until(loop, Clock::now() + milliseconds(10));
  const std::weak_ptr<Future> watched = future;
  std::string called;
  future->add_done_callback([&called](Future&) { called += "called"; });
  auto second = future;
  future.reset();
  run();
  EXPECT_EQ(called, "called");
  second.reset();
  EXPECT_TRUE(watched.expired()) << "it keeps itself alive";
}

}  // namespace
