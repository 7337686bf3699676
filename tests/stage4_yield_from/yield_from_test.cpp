// `yield_from` held against the rules of PEP 380 (§4.5.1).
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "stage4_yield_from/event_loop.h"
#include "stage4_yield_from/future.h"
#include "stage4_yield_from/generator.h"
#include "stage4_yield_from/task.h"
#include "stage4_yield_from/yield_from.h"

namespace {

using namespace stage4;

std::exception_ptr error(const char* text) {
  return std::make_exception_ptr(std::runtime_error(text));
}

// Counts how many live, and notes in which order they died.
struct Counted {
  explicit Counted(int name) : name(name) { ++alive; }
  Counted(const Counted&) = delete;
  ~Counted() {
    --alive;
    died.push_back(name);
  }
  const int name;
  inline static int alive = 0;
  inline static std::vector<int> died;
};

// Waits for `future` through `depth` machines, and adds its depth to what comes back.
class Nested {
 public:
  Nested(int depth, std::shared_ptr<Future> future) : future_(std::move(future)), counted_(depth) {
    if (depth > 1) child_ = std::make_unique<Nested>(depth - 1, future_);
  }

  Step<Value> resume(Sent& sent) {
    switch (std::exchange(state_, finished)) {
    case starting:
    case waiting: {
      auto step = child_ ? yield_from(*child_, sent) : yield_from(*future_, sent);
      if (!step.returned()) {
        state_ = waiting;
        return step.yielded();
      }
      return step.value() + "<" + std::to_string(counted_.name);
    }
    case finished:
      break;
    }
    throw std::logic_error("resumed after it had finished");
  }

 private:
  enum State { starting, waiting, finished };
  State state_ = starting;
  std::shared_ptr<Future> future_;
  Counted counted_;
  std::unique_ptr<Nested> child_;
};

class DelegationThroughThree : public testing::Test {
 protected:
  DelegationThroughThree() { Counted::died.clear(); }
  EventLoop loop;
  std::shared_ptr<Future> future = std::make_shared<Future>();
  std::optional<Task<Nested>> task{std::in_place, loop, std::make_unique<Nested>(3, future)};
};

TEST_F(DelegationThroughThree, BringsAResultFromTheInnermostOut) {
  future->set_result("value");
  loop.run();
  EXPECT_EQ(task->result(), "value<1<2<3");
  EXPECT_EQ(Counted::alive, 0);
}

TEST_F(DelegationThroughThree, BringsAnErrorOfTheFutureOut) {
  future->set_exception(error("broken"));
  loop.run();
  EXPECT_THROW(task->result(), std::runtime_error);
  EXPECT_EQ(Counted::alive, 0);
}

TEST_F(DelegationThroughThree, BringsAnErrorThatIsThrownInToTheInnermost) {
  task->throw_(error("timed out"));
  EXPECT_TRUE(task->done());
  EXPECT_THROW(task->result(), std::runtime_error);
}

TEST_F(DelegationThroughThree, DropsAWakeUpThatWasQueuedWhenATimeoutThrew) {
  future->set_result("too late");
  task->throw_(error("timed out"));
  loop.run();
  EXPECT_THROW(task->result(), std::runtime_error);
}

TEST_F(DelegationThroughThree, IsDestroyedInnermostFirst) {
  EXPECT_EQ(Counted::alive, 3);
  task.reset();
  EXPECT_EQ(Counted::alive, 0);
  EXPECT_EQ(Counted::died, (std::vector<int>{1, 2, 3}));
}

TEST(AFutureOfStage4, GivesItsResultWithoutYieldingIfItIsDone) {
  auto future = std::make_shared<Future>();
  future->set_result("value");
  Sent sent;
  auto step = yield_from(*future, sent);
  ASSERT_TRUE(step.returned());
  EXPECT_EQ(step.value(), "value");
}

TEST(AFutureOfStage4, YieldsItselfWhilePending) {
  auto future = std::make_shared<Future>();
  Sent sent;
  auto step = yield_from(*future, sent);
  ASSERT_FALSE(step.returned());
  EXPECT_EQ(step.yielded().future, future);
}

TEST(AFutureOfStage4, ThrowsItsExceptionIfItIsDoneWithOne) {
  auto future = std::make_shared<Future>();
  future->set_exception(error("broken"));
  Sent sent;
  EXPECT_THROW(yield_from(*future, sent), std::runtime_error);
}

}  // namespace
