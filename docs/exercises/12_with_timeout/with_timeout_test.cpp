// Exercise 12. The test of start/with_timeout.h, or of the solution.
#include "with_timeout.h"

#include <gtest/gtest.h>

#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include "common/net/clock.h"
#include "common/net/socket.h"
#include "stage4_yield_from/async_io.h"
#include "stage4_yield_from/event_loop.h"
#include "stage4_yield_from/future.h"
#include "stage4_yield_from/generator.h"
#include "stage4_yield_from/task.h"
#include "stage4_yield_from/yield_from.h"
#include "tests/common/net_peer.h"

namespace {

using namespace stage4;
using common::Clock;
using common::Duration;
using common::TimePoint;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Stands for
//
//   std::string stubborn(Future future, Future second) {
//     try {
//       return yield from future;
//     } catch (const std::system_error&) {
//       return "late " + yield from second;
//     }
//   }
class Stubborn {
 public:
  Stubborn(std::shared_ptr<Future> future, std::shared_ptr<Future> second)
      : future_(std::move(future)), second_(std::move(second)) {}

  Step<Value> resume(Sent& sent) {
    if (!timed_out_) {
      try {
        return yield_from(*future_, sent);
      } catch (const std::system_error&) {
        timed_out_ = true;
      }
    }
    auto step = yield_from(*second_, sent);
    if (!step.returned()) return step.yielded();
    return "late " + step.value();
  }

 private:
  std::shared_ptr<Future> future_, second_;
  bool timed_out_ = false;
};

// Waits for one after the other, and returns what the second one gave.
class TwoWaits {
 public:
  TwoWaits(std::shared_ptr<Future> first, std::shared_ptr<Future> second)
      : first_(std::move(first)), second_(std::move(second)) {}

  Step<Value> resume(Sent& sent) {
    if (!waits_for_second_) {
      auto step = yield_from(*first_, sent);
      if (!step.returned()) return step.yielded();
      waits_for_second_ = true;
    }
    return yield_from(*second_, sent);
  }

 private:
  std::shared_ptr<Future> first_, second_;
  bool waits_for_second_ = false;
};

template <class Child>
using TimedTask = Task<WithTimeout<Child>>;

class WithTimeoutTest : public testing::Test {
 protected:
  WithTimeoutTest() {
    listener.listen();
    sock = common::Socket(listener.endpoint().family());
    sock.connect(listener.endpoint());
    peer = listener.accept();
  }

  // Reads from a peer that says nothing unless a test makes it.
  auto read(Duration timeout) {
    return std::make_unique<TimedTask<Read>>(
        loop, std::make_unique<WithTimeout<Read>>(loop, Clock::now() + timeout,
                                                  std::make_unique<Read>(loop, sock)));
  }
  auto be_stubborn(TimePoint deadline) {
    return std::make_unique<TimedTask<Stubborn>>(
        loop, std::make_unique<WithTimeout<Stubborn>>(loop, deadline,
                                                      std::make_unique<Stubborn>(future, second)));
  }
  // Runs the loop until nothing is left in it, and tells how long that took. A Read without a
  // timeout waits until the peer closes.
  Duration run() {
    const auto started = Clock::now();
    loop.run();
    return Clock::now() - started;
  }
  static std::error_code error_of(auto& task) {
    try {
      task.result();
    } catch (const std::system_error& error) {
      return error.code();
    }
    return {};
  }

  EventLoop loop;
  common::testing::Listener listener;
  common::Socket sock;
  common::testing::Descriptor peer;
  std::shared_ptr<Future> future = std::make_shared<Future>();
  std::shared_ptr<Future> second = std::make_shared<Future>();
};

TEST_F(WithTimeoutTest, ReturnsWhatTheChildReturnsAndForgetsTheDeadline) {
  const auto task = read(seconds(5));
  peer.close();
  EXPECT_LT(run(), seconds(4)) << "a timer was left behind";
  ASSERT_TRUE(task->done());
  EXPECT_EQ(task->result(), "") << "the end of the stream";
}

TEST_F(WithTimeoutTest, ThrowsWhereTheChildWaitsOnceTheDeadlineHasPassed) {
  const auto task = read(milliseconds(10));
  const auto give_up = loop.call_at(Clock::now() + seconds(2), [&] { peer.close(); });
  task->add_done_callback([this] { loop.stop(); });
  run();
  EXPECT_EQ(error_of(*task), common::timed_out());
  EXPECT_EQ(loop.counts().registered, loop.counts().unregistered) << "the child was dropped";
}

TEST_F(WithTimeoutTest, ChildMayCatchTheTimeoutAndContinue) {
  const auto task = be_stubborn(Clock::now() + milliseconds(1));
  const auto later = loop.call_at(Clock::now() + milliseconds(30), [&] {
    future->set_result("of nobody's interest");
    second->set_result("but well");
  });
  run();
  ASSERT_TRUE(task->done());
  EXPECT_EQ(task->result(), "late but well");
}

TEST_F(WithTimeoutTest, FirstOfResultAndDeadlineWins) {
  const auto deadline = Clock::now();
  const auto task = be_stubborn(deadline);
  const auto just_in_time =
      loop.call_at(deadline - seconds(1), [&] { future->set_result("value"); });
  run();
  ASSERT_TRUE(task->done());
  EXPECT_EQ(task->result(), "value");
}

TEST_F(WithTimeoutTest, ChildsFutureMayBeSetAfterTheDeadline) {
  const auto deadline = Clock::now() - seconds(1);
  const auto task = be_stubborn(deadline);
  const auto too_late = loop.call_at(deadline + milliseconds(1), [&] {
    EXPECT_NO_THROW(future->set_result("value"));
    second->set_result("but well");
  });
  run();
  ASSERT_TRUE(task->done());
  EXPECT_EQ(task->result(), "late but well");
}

TEST_F(WithTimeoutTest, FinishedTimeoutForgetsItsDeadline) {
  future->set_result("value");
  WithTimeout<Stubborn> machine(loop, Clock::now() + seconds(5),
                                std::make_unique<Stubborn>(future, second));
  Sent sent;
  EXPECT_TRUE(machine.resume(sent).returned());
  EXPECT_LT(run(), seconds(4)) << "a timer was left behind";
}

TEST_F(WithTimeoutTest, LateDeadlineIsThrownAtTheNextWait) {
  const auto deadline = Clock::now();
  Task<WithTimeout<TwoWaits>> task(
      loop, std::make_unique<WithTimeout<TwoWaits>>(loop, deadline,
                                                    std::make_unique<TwoWaits>(future, second)));
  const auto just_in_time =
      loop.call_at(deadline - seconds(1), [&] { future->set_result("value"); });
  run();
  ASSERT_TRUE(task.done());
  EXPECT_EQ(error_of(task), common::timed_out());
}

TEST_F(WithTimeoutTest, ErrorThrownFromOutsideReachesTheChild) {
  const auto task = read(seconds(5));
  task->throw_(std::make_exception_ptr(std::runtime_error("from outside")));
  ASSERT_TRUE(task->done());
  EXPECT_THROW(task->result(), std::runtime_error);
  EXPECT_LT(run(), seconds(4)) << "a timer was left behind";
}

TEST_F(WithTimeoutTest, PassesOnWhatTheChildThrows) {
  const auto task = be_stubborn(Clock::now() + seconds(5));
  future->set_exception(std::make_exception_ptr(std::runtime_error("broken")));
  EXPECT_LT(run(), seconds(4)) << "a timer was left behind";
  ASSERT_TRUE(task->done());
  EXPECT_THROW(task->result(), std::runtime_error);
}

TEST_F(WithTimeoutTest, EarlierOfTwoDeadlinesWins) {
  using Inner = WithTimeout<Stubborn>;
  auto inner = std::make_unique<Inner>(loop, Clock::now() + milliseconds(1),
                                       std::make_unique<Stubborn>(future, second));
  Task<WithTimeout<Inner>> task(loop, std::make_unique<WithTimeout<Inner>>(
                                          loop, Clock::now() + seconds(5), std::move(inner)));
  second->set_result("but well");
  EXPECT_LT(run(), seconds(4)) << "a timer was left behind";
  ASSERT_TRUE(task.done());
  EXPECT_EQ(task.result(), "late but well");
}

}  // namespace
