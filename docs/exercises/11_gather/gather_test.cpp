// Exercise 11. The test of start/gather.h, or of the solution.
#include "gather.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <exception>
#include <memory>
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
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

// Waits for a Future and returns its value in brackets.
class Brackets {
 public:
  explicit Brackets(std::shared_ptr<Future> future) : future_(std::move(future)) { ++alive; }
  Brackets(const Brackets&) = delete;
  ~Brackets() { --alive; }

  Step<Value> resume(Sent& sent) {
    auto step = yield_from(*future_, sent);
    if (!step.returned()) return step.yielded();
    return "[" + step.value() + "]";
  }

  inline static int alive = 0;

 private:
  std::shared_ptr<Future> future_;
};

class GatherTest : public testing::Test {
 protected:
  // A Task that gathers as many machines as there are futures.
  auto start() {
    std::vector<std::unique_ptr<Brackets>> machines;
    for (auto& future : futures) machines.push_back(std::make_unique<Brackets>(future));
    return std::make_unique<Task<Gather<Brackets>>>(
        loop, std::make_unique<Gather<Brackets>>(loop, std::move(machines)));
  }
  static std::exception_ptr error(const char* text) {
    return std::make_exception_ptr(std::runtime_error(text));
  }

  EventLoop loop;
  std::vector<std::shared_ptr<Future>> futures{
      std::make_shared<Future>(), std::make_shared<Future>(), std::make_shared<Future>()};
};

TEST_F(GatherTest, ReturnsAllResultsInTheOrderOfTheMachines) {
  const auto task = start();
  for (const auto i : {2, 0, 1}) {
    EXPECT_FALSE(task->done());
    futures[i]->set_result(std::to_string(i));
    loop.run();
  }
  ASSERT_TRUE(task->done());
  EXPECT_EQ(task->result(), (std::vector<Value>{"[0]", "[1]", "[2]"}));
}

TEST_F(GatherTest, EmptyListIsDoneImmediately) {
  futures.clear();
  const auto nothing = start();
  loop.run();
  ASSERT_TRUE(nothing->done());
  EXPECT_TRUE(nothing->result().empty());
}

TEST_F(GatherTest, TakesMachinesThatNeedNotWait) {
  for (auto& future : futures) future->set_result("");
  const auto task = start();
  loop.run();
  ASSERT_TRUE(task->done());
  EXPECT_EQ(task->result(), (std::vector<Value>{"[]", "[]", "[]"}));
}

TEST_F(GatherTest, ThrowsTheFirstErrorWithoutWaitingForTheOthers) {
  const auto task = start();
  futures[1]->set_exception(error("second"));
  loop.run();
  ASSERT_TRUE(task->done());
  EXPECT_THROW(task->result(), std::runtime_error);
  EXPECT_EQ(Brackets::alive, 0) << "the others were dropped";
  EXPECT_NO_THROW(futures[0]->set_result("late"));
  loop.run();
}

TEST_F(GatherTest, SurvivesThatAllAreDoneInTheSameTurn) {
  const auto task = start();
  loop.call_soon([this] {
    futures[0]->set_exception(error("first"));
    futures[1]->set_exception(error("second"));
    futures[2]->set_result("");
  });
  testing::internal::CaptureStderr();
  loop.run();
  EXPECT_THAT(testing::internal::GetCapturedStderr(), Not(HasSubstr("a callback threw")));
  ASSERT_TRUE(task->done());
  EXPECT_THAT([&] { task->result(); }, ThrowsMessage<std::runtime_error>(HasSubstr("first")));
}

TEST_F(GatherTest, DropsItsMachinesWhenSomethingIsThrownIntoIt) {
  const auto task = start();
  task->throw_(error("timed out"));
  ASSERT_TRUE(task->done());
  EXPECT_THROW(task->result(), std::runtime_error);
  EXPECT_EQ(Brackets::alive, 0);
}

TEST_F(GatherTest, MayBeDestroyedAfterItsTasksEndButBeforeItHears) {
  auto task = start();
  loop.call_soon([&] {
    for (auto& future : futures) future->set_result("");  // next turn: three Tasks end,
    loop.call_soon([&] { task.reset(); });                // and this is dropped before it is told
  });
  loop.run();
  EXPECT_EQ(Brackets::alive, 0);
}

}  // namespace
