// Future and Task as §4.4 of the article wants them, without a socket: the machine under test is
// written by hand below.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "stage3_future_task/event_loop.h"
#include "stage3_future_task/future.h"
#include "stage3_future_task/generator.h"
#include "stage3_future_task/task.h"

namespace {

using namespace stage3;

std::exception_ptr error(const char* text) {
  return std::make_exception_ptr(std::runtime_error(text));
}

// Counts how many live.
struct Counted {
  Counted() { ++alive; }
  Counted(const Counted&) = delete;
  ~Counted() { --alive; }
  inline static int alive = 0;
};

// Waits for `first`, then for `second`, then returns both values. An error while it waits for
// `first` is caught if `forgiving`: an ordinary try around the wait.
class TwoWaits {
 public:
  TwoWaits(std::shared_ptr<Future> first, std::shared_ptr<Future> second, bool forgiving = false)
      : first_(std::move(first)), second_(std::move(second)), forgiving_(forgiving) {}

  Step<std::string> resume(Sent& sent) {
    switch (std::exchange(state_, finished)) {
    case starting:
      sent.take();
      state_ = waiting_for_first;
      return Yielded{first_};
    case waiting_for_first:
      try {
        values_ = sent.take();
      } catch (const std::runtime_error& caught) {
        if (!forgiving_) throw;
        values_ = std::string("caught ") + caught.what();
      }
      state_ = waiting_for_second;
      return Yielded{second_};
    case waiting_for_second:
      return values_ + "+" + sent.take();
    case finished:
      break;
    }
    throw std::logic_error("resumed after it had finished");
  }

 private:
  enum State { starting, waiting_for_first, waiting_for_second, finished };
  State state_ = starting;
  std::shared_ptr<Future> first_, second_;
  bool forgiving_;
  std::string values_;
  Counted counted_;
};

class TaskOfTwoWaits : public testing::Test {
 protected:
  std::unique_ptr<Task<TwoWaits>> start(bool forgiving = false) {
    return std::make_unique<Task<TwoWaits>>(loop,
                                            std::make_unique<TwoWaits>(first, second, forgiving));
  }

  EventLoop loop;
  std::shared_ptr<Future> first = std::make_shared<Future>();
  std::shared_ptr<Future> second = std::make_shared<Future>();
};

TEST(Future, CallsItsCallbacksFromInsideSetResultInTheirOrder) {
  auto future = std::make_shared<Future>();
  std::string called;
  future->add_done_callback([&](Future& done) { called += "a" + done.outcome().value; });
  future->add_done_callback([&](Future& done) { called += "b" + done.outcome().value; });
  EXPECT_EQ(called, "");
  future->set_result("1");
  EXPECT_EQ(called, "a1b1");
}

TEST(Future, CallsACallbackThatIsAddedLateAtOnce) {
  auto future = std::make_shared<Future>();
  future->set_result("1");
  std::string called;
  future->add_done_callback([&](Future& done) { called = done.outcome().value; });
  EXPECT_EQ(called, "1");
}

TEST(Future, IsSetOnlyOnce) {
  auto future = std::make_shared<Future>();
  future->set_result("1");
  EXPECT_THROW(future->set_result("2"), std::logic_error);
  EXPECT_THROW(future->set_exception(error("no")), std::logic_error);
  EXPECT_EQ(future->outcome().value, "1");
}

TEST_F(TaskOfTwoWaits, RunsToTheFirstFutureImmediatelyAndThenInTheLoop) {
  auto task = start();
  first->set_result("one");
  EXPECT_FALSE(task->done());
  second->set_result("two");
  EXPECT_FALSE(task->done()) << "set_result only tells the loop to step the task";
  loop.run();
  ASSERT_TRUE(task->done());
  EXPECT_EQ(task->result(), "one+two");
}

TEST_F(TaskOfTwoWaits, IsWokenByAFutureThatWasDoneBeforeItWasYielded) {
  first->set_result("one");
  second->set_result("two");
  auto task = start();
  loop.run();
  ASSERT_TRUE(task->done());
  EXPECT_EQ(task->result(), "one+two");
}

TEST_F(TaskOfTwoWaits, ThrowsTheExceptionOfAFutureWhereTheMachineWaits) {
  auto task = start(true);
  first->set_exception(error("broken"));
  second->set_result("two");
  loop.run();
  EXPECT_EQ(task->result(), "caught broken+two");
}

TEST_F(TaskOfTwoWaits, KeepsTheExceptionThatLeftTheMachine) {
  auto task = start();
  first->set_exception(error("broken"));
  loop.run();
  ASSERT_TRUE(task->done());
  EXPECT_THROW(task->result(), std::runtime_error);
  EXPECT_EQ(Counted::alive, 0) << "a machine that is done is destroyed";
}

TEST_F(TaskOfTwoWaits, DropsAWakeUpThatWasQueuedWhenATimeoutThrew) {
  auto task = start(true);
  first->set_result("too late");     // queues a step …
  task->throw_(error("timed out"));  // … and the machine now waits for `second`
  loop.run();                        // the queued step must not be taken for second's
  EXPECT_FALSE(task->done());
  second->set_result("two");
  loop.run();
  EXPECT_EQ(task->result(), "caught timed out+two");
}

TEST_F(TaskOfTwoWaits, DropsAWakeUpThatWasQueuedWhenATimeoutEndedIt) {
  auto task = start();
  first->set_result("too late");
  task->throw_(error("timed out"));
  loop.run();
  ASSERT_TRUE(task->done());
  EXPECT_THROW(task->result(), std::runtime_error);
}

TEST_F(TaskOfTwoWaits, DoesNotMindAFutureThatIsSetAfterATimeout) {
  auto task = start();
  task->throw_(error("timed out"));
  first->set_result("late");
  loop.run();
  EXPECT_THROW(task->result(), std::runtime_error);
  task->throw_(error("again"));  // nothing left to throw into
  EXPECT_THROW(task->result(), std::runtime_error);
}

TEST_F(TaskOfTwoWaits, PrintsAnUnreadErrorWhenDestroyed) {
  auto task = start();
  task->throw_(error("unseen"));
  testing::internal::CaptureStderr();
  task.reset();
  EXPECT_THAT(testing::internal::GetCapturedStderr(), testing::HasSubstr("unseen"));

  auto other = start();
  other->throw_(error("seen"));
  EXPECT_THROW(other->result(), std::runtime_error);
  testing::internal::CaptureStderr();
  other.reset();
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(TaskOfTwoWaits, CanBeDroppedWhileItWaitsAndWhileItsStepIsQueued) {
  start().reset();
  EXPECT_EQ(Counted::alive, 0);
  auto task = start();
  first->set_result("one");
  task.reset();
  EXPECT_EQ(Counted::alive, 0);
  loop.run();
}

TEST_F(TaskOfTwoWaits, CanBeDroppedByItsDoneCallback) {
  auto task = start();
  task->add_done_callback([&] { task.reset(); });
  first->set_result("one");
  second->set_result("two");
  loop.run();
  EXPECT_EQ(task, nullptr);
}

TEST_F(TaskOfTwoWaits, CallsADoneCallbackThatIsAddedLate) {
  auto task = start();
  task->throw_(error("over"));
  bool called = false;
  task->add_done_callback([&] { called = true; });
  EXPECT_FALSE(called);
  loop.run();
  EXPECT_TRUE(called);
}

TEST_F(TaskOfTwoWaits, TwoTasksMayShareAFuture) {
  auto one = start();
  auto other = start();
  first->set_result("one");
  second->set_result("two");
  loop.run();
  EXPECT_EQ(one->result(), "one+two");
  EXPECT_EQ(other->result(), "one+two");
}

TEST_F(TaskOfTwoWaits, AreSteppedFirstInFirstOut) {
  auto one = start();
  auto other = start();
  std::string order;
  one->add_done_callback([&] { order += "1"; });
  other->add_done_callback([&] { order += "2"; });
  second->set_result("two");
  first->set_result("one");
  loop.run();
  EXPECT_EQ(order, "12");
}

TEST(Registration, EndsWithItsScope) {
  EventLoop loop;
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  {
    Registration registration(loop, ends[0], common::event_read, [] {});
    EXPECT_EQ(loop.counts().unregistered, 0);
  }
  ::close(ends[0]);
  ::close(ends[1]);
  EXPECT_EQ(loop.counts().registered, 1);
  EXPECT_EQ(loop.counts().unregistered, 1);
}

}  // namespace
