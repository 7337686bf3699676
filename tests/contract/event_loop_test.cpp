// What the four event loops promise alike. Their callbacks differ, (key, mask) in stage 2 and
// nothing later: `auto&&...` takes both.
#include <gtest/gtest.h>
#include <unistd.h>

#include <stdexcept>
#include <vector>

#include "common/net/clock.h"
#include "common/net/selector.h"
#include "stage2_callbacks/event_loop.h"
#include "stage3_future_task/event_loop.h"
#include "stage4_yield_from/event_loop.h"
#include "stage5_native_coroutines/event_loop.h"

namespace {

using common::Clock;
using common::event_read;
using common::event_write;
using common::Selector;
using std::chrono::milliseconds;

struct Pipe {
  Pipe() {
    if (::pipe(ends) != 0) throw std::runtime_error("pipe");
  }
  ~Pipe() {
    ::close(ends[0]);
    ::close(ends[1]);
  }
  void write() { ASSERT_EQ(::write(ends[1], "x", 1), 1); }
  int reader() const { return ends[0]; }
  int writer() const { return ends[1]; }
  int ends[2];
};

template <class Loop, Selector::Kind selector_kind>
struct Case {
  using EventLoop = Loop;
  static constexpr Selector::Kind kind = selector_kind;
};

template <class T>
class EventLoop : public testing::Test {
 protected:
  typename T::EventLoop loop{T::kind};
  Pipe pipe;
};

using Cases = testing::Types<
    Case<stage2::EventLoop, Selector::Kind::epoll>, Case<stage2::EventLoop, Selector::Kind::poll>,
    Case<stage3::EventLoop, Selector::Kind::epoll>, Case<stage3::EventLoop, Selector::Kind::poll>,
    Case<stage4::EventLoop, Selector::Kind::epoll>, Case<stage4::EventLoop, Selector::Kind::poll>,
    Case<stage5::EventLoop, Selector::Kind::epoll>, Case<stage5::EventLoop, Selector::Kind::poll>>;
TYPED_TEST_SUITE(EventLoop, Cases);

TYPED_TEST(EventLoop, EndsWhenNothingIsLeftThatCouldCall) { this->loop.run(); }

TYPED_TEST(EventLoop, CallsWhatIsDueSoonFirstInFirstOut) {
  std::vector<int> order;
  for (const int i : {1, 2, 3}) this->loop.call_soon([&, i] { order.push_back(i); });
  this->loop.run();
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
}

TYPED_TEST(EventLoop, CallsBackInEveryTurnThatFindsTheDescriptorReady) {
  int calls = 0;
  this->pipe.write();
  this->loop.register_fd(this->pipe.reader(), event_read, [&](auto&&...) {
    if (++calls == 3) this->loop.unregister_fd(this->pipe.reader());
  });
  this->loop.run();
  EXPECT_EQ(calls, 3);
  EXPECT_EQ(this->loop.counts().registered, 1);
  EXPECT_EQ(this->loop.counts().unregistered, 1);
}

TYPED_TEST(EventLoop, ACallbackThatAsksForItselfAgainDoesNotStarveTheDescriptors) {
  this->pipe.write();
  bool read = false;
  int turns = 0;
  std::function<void()> again = [&] {
    if (!read && ++turns < 1000) this->loop.call_soon(again);
  };
  this->loop.call_soon(again);
  this->loop.register_fd(this->pipe.reader(), event_read, [&](auto&&...) {
    read = true;
    this->loop.unregister_fd(this->pipe.reader());
  });
  this->loop.run();
  EXPECT_TRUE(read);
  EXPECT_LE(turns, 2);
}

TYPED_TEST(EventLoop, ADescriptorThatIsAlwaysReadyDoesNotStarveTheTimers) {
  int calls = 0;
  bool rang = false;
  this->loop.register_fd(this->pipe.writer(), event_write, [&](auto&&...) {
    if (++calls > 1'000'000) this->loop.stop();
  });
  const auto timer = this->loop.call_at(Clock::now() + milliseconds(5), [&] {
    rang = true;
    this->loop.stop();
  });
  this->loop.run();
  EXPECT_TRUE(rang);
  this->loop.unregister_fd(this->pipe.writer());
}

TYPED_TEST(EventLoop, WhatACallbackThrowsEndsNeitherTheLoopNorTheTurn) {
  int calls = 0;
  this->loop.call_soon([] { throw std::runtime_error("thrown on purpose"); });
  this->loop.call_soon([] { throw 42; });
  this->loop.call_soon([&] { ++calls; });
  const auto timer = this->loop.call_at(Clock::now(), [] { throw std::runtime_error("a timer"); });
  this->pipe.write();
  this->loop.register_fd(this->pipe.reader(), event_read, [&](auto&&...) {
    if (++calls == 3) this->loop.unregister_fd(this->pipe.reader());
    throw std::runtime_error("and again");
  });
  this->loop.run();
  EXPECT_EQ(calls, 3);
}

TYPED_TEST(EventLoop, ACallbackThatWasUnregisteredInTheSameTurnIsNotCalled) {
  Pipe other;
  this->pipe.write();
  other.write();
  int calls = 0;
  // Both are ready in the same turn; whichever comes first unregisters both.
  auto first_only = [&](auto&&...) {
    ++calls;
    this->loop.unregister_fd(this->pipe.reader());
    this->loop.unregister_fd(other.reader());
  };
  this->loop.register_fd(this->pipe.reader(), event_read, first_only);
  this->loop.register_fd(other.reader(), event_read, first_only);
  this->loop.run();
  EXPECT_EQ(calls, 1);
}

TYPED_TEST(EventLoop, ADroppedTimerDoesNotRingAndKeepsNobodyWaiting) {
  bool rang = false;
  {
    const auto timer = this->loop.call_at(Clock::now() + milliseconds(1), [&] { rang = true; });
  }
  this->loop.run();
  EXPECT_FALSE(rang);
}

TYPED_TEST(EventLoop, DoesNotCallATimerBeforeItsTime) {
  const auto when = Clock::now() + milliseconds(20);
  Clock::time_point called{};
  const auto timer = this->loop.call_at(when, [&] { called = Clock::now(); });
  this->loop.run();
  EXPECT_GE(called, when);
}

TYPED_TEST(EventLoop, StopsWithThisTurnAndCanRunAgain) {
  int calls = 0;
  this->loop.call_soon([&] {
    ++calls;
    this->loop.stop();
    this->loop.call_soon([&] { ++calls; });
  });
  this->loop.run();
  EXPECT_EQ(calls, 1);
  this->loop.run();
  EXPECT_EQ(calls, 2);
}

}  // namespace
