// Exercise 7. The test of start/cancel.h, or of the solution.
#include "cancel.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "stage3_future_task/event_loop.h"
#include "stage3_future_task/generator.h"
#include "stage3_future_task/task.h"
#include "tests/common/net_peer.h"

namespace {

using namespace stage3;

// Stands for
//
//   std::string careful(Future future) {
//     try {
//       return yield future;
//     } catch (const Cancelled&) {
//       return "cancelled";
//     }
//   }
class Careful {
 public:
  explicit Careful(std::shared_ptr<Future> future) : future_(std::move(future)) {}

  Step<Value> resume(Sent& sent) {
    switch (std::exchange(state_, finished)) {
    case starting:
      sent.take();
      state_ = waiting;
      return Yielded{future_};
    case waiting:
      try {
        return sent.take();
      } catch (const Cancelled&) {
        return Value("cancelled");
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
};

class CancellableFutureTest : public testing::Test {
 protected:
  EventLoop loop;
  std::shared_ptr<CancellableFuture> future = std::make_shared<CancellableFuture>();
  int stopped = 0;
};

TEST_F(CancellableFutureTest, ThrowsCancelledWhereTheMachineWaits) {
  Task<Careful> task(loop, std::make_unique<Careful>(future));
  EXPECT_TRUE(future->cancel());
  EXPECT_TRUE(future->done());
  loop.run();
  ASSERT_TRUE(task.done());
  EXPECT_EQ(task.result(), "cancelled");
}

TEST_F(CancellableFutureTest, StopsTheWorkForItBeforeItIsDone) {
  bool was_done = true;
  future->on_cancel([&] {
    ++stopped;
    was_done = future->done();
  });
  EXPECT_TRUE(future->cancel());
  EXPECT_EQ(stopped, 1);
  EXPECT_FALSE(was_done);
}

TEST_F(CancellableFutureTest, CancelAfterDoneChangesNothing) {
  future->on_cancel([&] { ++stopped; });
  future->set_result("in time");
  EXPECT_FALSE(future->cancel());
  EXPECT_EQ(stopped, 0);
  EXPECT_EQ(future->outcome().value, "in time");
}

TEST_F(CancellableFutureTest, IsCancelledOnlyOnce) {
  future->on_cancel([&] { ++stopped; });
  EXPECT_TRUE(future->cancel());
  EXPECT_FALSE(future->cancel());
  EXPECT_EQ(stopped, 1);
}

TEST_F(CancellableFutureTest, CallbackMayCancelAgain) {
  bool again = true;
  future->on_cancel([&] {
    ++stopped;
    again = future->cancel();
  });
  future->add_done_callback([&](Future&) { EXPECT_FALSE(future->cancel()); });
  EXPECT_TRUE(future->cancel());
  EXPECT_FALSE(again);
  EXPECT_EQ(stopped, 1);
}

TEST_F(CancellableFutureTest, StoppedWorkMayDestroyTheFuture) {
  bool told = false;
  future->add_done_callback([&](Future&) { told = true; });
  future->on_cancel([&] { future.reset(); });
  auto* raw = future.get();
  EXPECT_TRUE(raw->cancel());
  EXPECT_TRUE(told);
  EXPECT_EQ(future, nullptr);
}

TEST_F(CancellableFutureTest, EndsTheRegistrationThatWouldHaveSetIt) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const common::testing::Descriptor reader(ends[0]);
  const common::testing::Descriptor writer(ends[1]);
  std::optional<Registration> registration;
  registration.emplace(loop, reader.get(), common::event_read,
                       [&] { future->set_result("bytes"); });
  future->on_cancel([&] { registration.reset(); });

  Task<Careful> task(loop, std::make_unique<Careful>(future));
  loop.call_soon([&] { future->cancel(); });
  // The bytes come all the same, and find nobody.
  loop.call_soon([&] { EXPECT_EQ(::write(writer.get(), "x", 1), 1); });
  loop.call_soon([&] { loop.call_soon([&] { loop.stop(); }); });  // two turns will do
  loop.run();
  ASSERT_TRUE(task.done());
  EXPECT_EQ(task.result(), "cancelled");
  EXPECT_EQ(loop.counts().registered, loop.counts().unregistered);
}

}  // namespace
