// What the Tasks of stages 3 and 4 promise alike.
#include <gtest/gtest.h>

#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "stage3_future_task/event_loop.h"
#include "stage3_future_task/future.h"
#include "stage3_future_task/task.h"
#include "stage4_yield_from/event_loop.h"
#include "stage4_yield_from/future.h"
#include "stage4_yield_from/task.h"

namespace {

std::exception_ptr error(const char* text) {
  return std::make_exception_ptr(std::runtime_error(text));
}

struct Stage3 {
  using EventLoop = stage3::EventLoop;
  using Future = stage3::Future;
  using Sent = stage3::Sent;
  using Step = stage3::Step<std::string>;
  using Yielded = stage3::Yielded;
  template <class Machine>
  using Task = stage3::Task<Machine>;
};

struct Stage4 {
  using EventLoop = stage4::EventLoop;
  using Future = stage4::Future;
  using Sent = stage4::Sent;
  using Step = stage4::Step<std::string>;
  using Yielded = stage4::Yielded;
  template <class Machine>
  using Task = stage4::Task<Machine>;
};

// Waits for `first`, then calls `inside` in the midst of its step, says what that threw, and waits
// for `second`.
template <class Stage>
class CallsInside {
 public:
  using Future = std::shared_ptr<typename Stage::Future>;

  CallsInside(std::function<void()> inside, Future first, Future second)
      : inside_(std::move(inside)), first_(std::move(first)), second_(std::move(second)) {}

  typename Stage::Step resume(typename Stage::Sent& sent) {
    switch (++steps_) {
    case 1:
      return typename Stage::Yielded{first_};
    case 2:
      sent.take();
      try {
        inside_();
      } catch (const std::logic_error& refused) {
        said_ = refused.what();
      }
      return typename Stage::Yielded{second_};
    default:
      return said_ + ", then " + sent.take();
    }
  }

 private:
  std::function<void()> inside_;
  Future first_, second_;
  int steps_ = 0;
  std::string said_ = "nothing";
};

template <class Stage>
class TaskTest : public testing::Test {
 protected:
  using Future = typename Stage::Future;
  using Machine = CallsInside<Stage>;
  using Task = typename Stage::template Task<Machine>;

  typename Stage::EventLoop loop;
  std::shared_ptr<Future> first = std::make_shared<Future>();
  std::shared_ptr<Future> second = std::make_shared<Future>();
  std::unique_ptr<Task> task = std::make_unique<Task>(
      loop,
      std::make_unique<Machine>([this] { task->throw_(error("from inside")); }, first, second));
};

using Stages = testing::Types<Stage3, Stage4>;
TYPED_TEST_SUITE(TaskTest, Stages);

TYPED_TEST(TaskTest, CannotBeThrownIntoFromInsideItsStep) {
  this->first->set_result("one");
  this->loop.run();
  ASSERT_FALSE(this->task->done()) << "it goes on as if nothing had been";
  this->second->set_result("two");
  this->loop.run();
  ASSERT_TRUE(this->task->done());
  EXPECT_EQ(this->task->result(), "throw_ from inside a step of the same Task, then two");
}

TYPED_TEST(TaskTest, CanBeThrownIntoOnceTheStepIsOver) {
  this->first->set_result("one");
  this->loop.run();
  this->task->throw_(error("from outside"));
  ASSERT_TRUE(this->task->done());
  EXPECT_THROW(this->task->result(), std::runtime_error);
  this->task->throw_(error("again"));  // nothing left to throw into
}

}  // namespace
