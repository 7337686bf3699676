// Exercise 8. The test of start/wait_first.h, or of the solution.
#include "wait_first.h"

#include <gtest/gtest.h>

#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "stage3_future_task/event_loop.h"
#include "stage3_future_task/generator.h"
#include "stage3_future_task/task.h"

namespace {

using namespace stage3;

class WaitFirst : public testing::Test {
 protected:
  std::shared_ptr<Future> a = std::make_shared<Future>();
  std::shared_ptr<Future> b = std::make_shared<Future>();
  std::shared_ptr<Future> c = std::make_shared<Future>();
};

TEST_F(WaitFirst, ReportsTheFirstThatIsDone) {
  const auto first = wait_first({a, b, c});
  EXPECT_FALSE(first->done());
  b->set_result("value");
  ASSERT_TRUE(first->done());
  EXPECT_EQ(first->outcome().value, "1");
}

TEST_F(WaitFirst, LetsTheOthersBeDoneLater) {
  const auto first = wait_first({a, b, c});
  c->set_result("");
  EXPECT_NO_THROW(a->set_result(""));
  EXPECT_NO_THROW(b->set_exception(std::make_exception_ptr(std::runtime_error("late"))));
  EXPECT_EQ(first->outcome().value, "2");
}

TEST_F(WaitFirst, IsDoneAtOnceIfOneIsDoneAlready) {
  c->set_result("");
  b->set_result("");
  const auto first = wait_first({a, b, c});
  ASSERT_TRUE(first->done());
  EXPECT_EQ(first->outcome().value, "1") << "the first in the list";
}

TEST_F(WaitFirst, TakesAnExceptionForDone) {
  const auto first = wait_first({a, b});
  a->set_exception(std::make_exception_ptr(std::runtime_error("broken")));
  ASSERT_TRUE(first->done());
  EXPECT_EQ(first->outcome().error, nullptr) << "whoever waited looks at `a` for it";
  EXPECT_EQ(first->outcome().value, "0");
}

TEST_F(WaitFirst, RefusesToWaitForNothing) { EXPECT_THROW(wait_first({}), std::invalid_argument); }

TEST_F(WaitFirst, KeepsNothingAlive) {
  std::weak_ptr<Future> watched = wait_first({a, b});
  EXPECT_TRUE(watched.expired()) << "nobody waits, but something keeps it";
  EXPECT_NO_THROW(a->set_result(""));

  auto first = wait_first({b, c});
  watched = b;
  b.reset();
  EXPECT_TRUE(watched.expired()) << "nobody will set it, but something keeps it";
}

// Stands for
//
//   std::string race(std::vector<Future> futures) {
//     winner = futures[yield wait_first(futures)];
//     return winner.result();
//   }
class Race {
 public:
  explicit Race(std::vector<std::shared_ptr<Future>> futures) : futures_(std::move(futures)) {}

  Step<Value> resume(Sent& sent) {
    if (!waiting_) {
      sent.take();
      waiting_ = true;
      return Yielded{wait_first(futures_)};
    }
    Sent winner = futures_.at(std::stoul(sent.take()))->outcome();
    return winner.take();
  }

 private:
  std::vector<std::shared_ptr<Future>> futures_;
  bool waiting_ = false;
};

TEST_F(WaitFirst, ResumesTheMachineOnceIfSeveralAreDone) {
  EventLoop loop;
  Task<Race> task(loop, std::make_unique<Race>(std::vector{a, b}));
  loop.call_soon([this] {
    b->set_result("of b");
    a->set_result("of a");
  });
  loop.run();
  ASSERT_TRUE(task.done());
  EXPECT_EQ(task.result(), "of b");
}

}  // namespace
