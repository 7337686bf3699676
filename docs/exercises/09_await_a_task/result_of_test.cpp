// Exercise 9. The test of start/result_of.h, or of the solution.
#include "result_of.h"

#include <gtest/gtest.h>

#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "stage3_future_task/event_loop.h"
#include "stage3_future_task/future.h"
#include "stage3_future_task/generator.h"
#include "stage3_future_task/task.h"

namespace {

using namespace stage3;

// Waits for a Future and returns its value in brackets.
class Brackets {
 public:
  explicit Brackets(std::shared_ptr<Future> future) : future_(std::move(future)) {}

  Step<Value> resume(Sent& sent) {
    if (!waiting_) {
      sent.take();
      waiting_ = true;
      return Yielded{future_};
    }
    return "[" + sent.take() + "]";
  }

 private:
  std::shared_ptr<Future> future_;
  bool waiting_ = false;
};

class ResultOf : public testing::Test {
 protected:
  std::shared_ptr<Task<Brackets>> start(std::shared_ptr<Future> waits_for) {
    return std::make_shared<Task<Brackets>>(loop, std::make_unique<Brackets>(std::move(waits_for)));
  }

  EventLoop loop;
  std::shared_ptr<Future> source = std::make_shared<Future>();
  std::shared_ptr<Task<Brackets>> inner = start(source);
};

TEST_F(ResultOf, LetsATaskWaitForATask) {
  const auto outer = start(result_of(inner));
  source->set_result("value");
  loop.run();
  ASSERT_TRUE(outer->done());
  EXPECT_EQ(outer->result(), "[[value]]");
}

TEST_F(ResultOf, ThrowsWhatTheTaskThrew) {
  const auto outer = start(result_of(inner));
  source->set_exception(std::make_exception_ptr(std::runtime_error("broken")));
  testing::internal::CaptureStderr();
  loop.run();
  inner.reset();
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "") << "its error was looked at";
  ASSERT_TRUE(outer->done());
  EXPECT_THROW(outer->result(), std::runtime_error);
}

TEST_F(ResultOf, IsDoneSoonIfTheTaskIsDoneAlready) {
  source->set_result("value");
  loop.run();
  ASSERT_TRUE(inner->done());
  const auto outer = start(result_of(inner));
  loop.run();
  ASSERT_TRUE(outer->done());
  EXPECT_EQ(outer->result(), "[[value]]");
}

TEST_F(ResultOf, AllWaitersGetTheSameResult) {
  const auto first = start(result_of(inner));
  const auto second = start(result_of(inner));
  source->set_result("a value that is too long to be copied by accident");
  loop.run();
  ASSERT_TRUE(first->done());
  ASSERT_TRUE(second->done());
  EXPECT_EQ(second->result(), first->result());
  EXPECT_EQ(inner->result().size(), second->result().size() - 2) << "the Task has it, too";
}

TEST_F(ResultOf, TaskContinuesIfTheWaiterIsDestroyed) {
  auto outer = start(result_of(inner));
  outer.reset();
  source->set_result("value");
  loop.run();
  ASSERT_TRUE(inner->done());
  EXPECT_EQ(inner->result(), "[value]");
}

TEST_F(ResultOf, KeepsNeitherTheTaskNorTheFutureAlive) {
  const std::weak_ptr<Task<Brackets>> task = inner;
  const std::weak_ptr<Future> future = result_of(inner);
  EXPECT_TRUE(future.expired());
  inner.reset();
  EXPECT_TRUE(task.expired());
}

TEST_F(ResultOf, SurvivesACallbackThatDropsTheTask) {
  inner->add_done_callback([this] { inner.reset(); });
  const auto outer = start(result_of(inner));
  source->set_result("value");
  loop.run();
  ASSERT_TRUE(outer->done());
  EXPECT_THROW(outer->result(), std::runtime_error);
}

}  // namespace
