// What the four event loops promise alike. Their callbacks differ, (key, mask) in stage 2 and
// nothing later: `auto&&...` takes both.
#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "common/net/clock.h"
#include "common/net/platform.h"
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
using std::chrono::seconds;

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

using WithPoll = testing::Types<
    Case<stage2::EventLoop, Selector::Kind::poll>, Case<stage3::EventLoop, Selector::Kind::poll>,
    Case<stage4::EventLoop, Selector::Kind::poll>, Case<stage5::EventLoop, Selector::Kind::poll>>;
using WithBoth = testing::Types<
    Case<stage2::EventLoop, Selector::Kind::epoll>, Case<stage2::EventLoop, Selector::Kind::poll>,
    Case<stage3::EventLoop, Selector::Kind::epoll>, Case<stage3::EventLoop, Selector::Kind::poll>,
    Case<stage4::EventLoop, Selector::Kind::epoll>, Case<stage4::EventLoop, Selector::Kind::poll>,
    Case<stage5::EventLoop, Selector::Kind::epoll>, Case<stage5::EventLoop, Selector::Kind::poll>>;
using Cases = std::conditional_t<TUTORIAL_LINUX, WithBoth, WithPoll>;
TYPED_TEST_SUITE(EventLoop, Cases);

TYPED_TEST(EventLoop, EndsWhenNothingIsLeftThatCouldCall) { this->loop.run(); }

TYPED_TEST(EventLoop, CallSoonIsFirstInFirstOut) {
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

TYPED_TEST(EventLoop, ReschedulingCallbackDoesNotStarveDescriptors) {
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

TYPED_TEST(EventLoop, ThrowingCallbackEndsNeitherLoopNorTurn) {
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

TYPED_TEST(EventLoop, CallbackUnregisteredInTheSameTurnIsNotCalled) {
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

TYPED_TEST(EventLoop, DestroyedTimerNeitherFiresNorDelaysTheEnd) {
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

// The loop is held up past the timer's time, and what came before it is already there.
TYPED_TEST(EventLoop, ADescriptorReadyInTimeComesBeforeALateTimer) {
  std::vector<std::string> order;
  const auto due = Clock::now() + milliseconds(5);
  const auto timer = this->loop.call_at(due, [&] { order.emplace_back("timer"); });
  this->loop.register_fd(this->pipe.reader(), event_read, [&](auto&&...) {
    order.emplace_back("descriptor");
    this->loop.unregister_fd(this->pipe.reader());
  });
  this->loop.call_soon([&] {
    this->pipe.write();
    while (Clock::now() < due) std::this_thread::yield();
  });
  this->loop.run();
  EXPECT_EQ(order, (std::vector<std::string>{"descriptor", "timer"}));
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

TYPED_TEST(EventLoop, ALoopThatRunsCannotBeRun) {
  std::string what;
  const auto run_again = [&](auto&&...) {
    try {
      this->loop.run();
    } catch (const std::logic_error& error) {
      what += error.what() + std::string("; ");
    }
  };
  this->loop.call_soon(run_again);
  const auto timer = this->loop.call_at(Clock::now(), run_again);
  this->pipe.write();
  this->loop.register_fd(this->pipe.reader(), event_read, [&](auto&&...) {
    run_again();
    this->loop.unregister_fd(this->pipe.reader());
  });
  this->loop.run();
  const std::string refused = "this event loop runs already; ";
  EXPECT_EQ(what, refused + refused + refused);
  this->loop.run();  // and it has recovered
}

TYPED_TEST(EventLoop, AMutableCallbackKeepsItsStateBetweenTwoEvents) {
  std::vector<int> seen;
  this->pipe.write();
  this->loop.register_fd(this->pipe.reader(), event_read, [&, calls = 0](auto&&...) mutable {
    seen.push_back(++calls);
    if (calls == 3 || seen.size() == 10) this->loop.unregister_fd(this->pipe.reader());
  });
  this->loop.run();
  EXPECT_EQ(seen, (std::vector{1, 2, 3}));
}

// Counts how often it is copied.
struct Copied {
  explicit Copied(int& copies) : copies(copies) {}
  Copied(const Copied& other) : copies(other.copies) { ++copies; }
  int& copies;
};

TYPED_TEST(EventLoop, CallingACallbackDoesNotCopyIt) {
  int copies = 0;
  int copies_at_first_call = 0;
  int calls = 0;
  this->pipe.write();
  this->loop.register_fd(this->pipe.reader(), event_read, [&, copied = Copied(copies)](auto&&...) {
    if (++calls == 1) copies_at_first_call = copied.copies;
    if (calls == 5) this->loop.unregister_fd(this->pipe.reader());
  });
  const int copies_at_registration = copies;
  this->loop.run();
  EXPECT_EQ(calls, 5);
  EXPECT_EQ(copies_at_first_call, copies_at_registration);
  EXPECT_EQ(copies, copies_at_registration);
}

TYPED_TEST(EventLoop, ACallbackThatUnregistersItselfStaysValidUntilItReturns) {
  const auto owned = std::make_shared<std::string>("owned by the callback");
  std::string seen;
  long owners = 0;
  this->pipe.write();
  this->loop.register_fd(this->pipe.reader(), event_read, [&, copy = owned](auto&&...) {
    this->loop.unregister_fd(this->pipe.reader());
    // Another registration may take the place of what is gone.
    this->loop.register_fd(this->pipe.writer(), event_write,
                           [&](auto&&...) { this->loop.unregister_fd(this->pipe.writer()); });
    seen = *copy;
    owners = owned.use_count();
  });
  this->loop.run();
  EXPECT_EQ(seen, *owned);
  EXPECT_EQ(owners, 2);
  EXPECT_EQ(owned.use_count(), 1) << "and is dropped then";
}

// ---- the ends of time ---------------------------------------------------------------------------

TYPED_TEST(EventLoop, TimerAtTheEndOfTimeIsNotDue) {
  bool rang = false;
  using common::Duration;
  using common::TimePoint;
  const auto last = this->loop.call_at(TimePoint::max(), [&] { rang = true; });
  const auto longest =
      this->loop.call_at(common::later(Clock::now(), Duration::max()), [&] { rang = true; });
  bool stopped = false;
  const auto timer = this->loop.call_at(Clock::now() + milliseconds(10), [&] {
    stopped = true;
    this->loop.stop();
  });
  this->loop.run();
  EXPECT_TRUE(stopped);
  EXPECT_FALSE(rang);
}

TYPED_TEST(EventLoop, DescriptorsFireWhileATimerWaitsForever) {
  const auto last = this->loop.call_at(common::TimePoint::max(), [] {});
  this->loop.register_fd(this->pipe.writer(), event_write, [&](auto&&...) { this->loop.stop(); });
  this->loop.run();
  this->loop.unregister_fd(this->pipe.writer());
}

TYPED_TEST(EventLoop, TimerAtTheBeginningOfTimeIsDue) {
  const auto start = Clock::now();
  int rang = 0;
  std::vector<common::Timer> timers;
  const auto long_due = [&] {
    timers.push_back(this->loop.call_at(common::TimePoint::min(), [&] { ++rang; }));
  };
  long_due();
  this->loop.call_soon(long_due);
  timers.push_back(this->loop.call_at(Clock::now(), long_due));
  this->pipe.write();
  this->loop.register_fd(this->pipe.reader(), event_read, [&](auto&&...) {
    long_due();
    this->loop.unregister_fd(this->pipe.reader());
  });
  this->loop.run();
  EXPECT_EQ(rang, 4);
  EXPECT_LT(Clock::now() - start, seconds(20));
}

// ---- a loop that goes ---------------------------------------------------------------------------

// What a callback may own: whatever it registered and set goes with it.
template <class Loop>
struct Owned {
  Owned(Loop& loop, int fd, common::Events events) : loop(loop), fd(fd) {
    loop.register_fd(fd, events, [](auto&&...) {});
  }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  ~Owned() { loop.unregister_fd(fd); }

  Loop& loop;
  const int fd;
  common::Timer timer = loop.call_at(Clock::now() + seconds(60), [] {});
};

TYPED_TEST(EventLoop, DropsCallbacksThatOwnTimersAndRegistrations) {
  using Loop = typename TypeParam::EventLoop;
  Pipe others[3];
  const auto watch = std::make_shared<int>();
  {
    Loop loop(TypeParam::kind);
    const auto owned = [&](int fd, common::Events events) {
      return std::make_shared<Owned<Loop>>(loop, fd, events);
    };
    loop.call_soon([own = owned(others[0].reader(), event_read), watch] {});
    loop.register_fd(this->pipe.reader(), event_read,
                     [own = owned(others[0].writer(), event_write), watch](auto&&...) {});
    // In a ring: the callback owns its own timer, and its own registration.
    const auto ring = owned(others[1].reader(), event_read);
    ring->timer = loop.call_at(Clock::now() + seconds(60), [ring, watch] {});
    loop.register_fd(others[1].writer(), event_write, [ring, watch](auto&&...) {});
    EXPECT_GT(watch.use_count(), 1);
  }
  EXPECT_EQ(watch.use_count(), 1) << "everything was dropped";
}

TYPED_TEST(EventLoop, DestroysATimerWhoseCallbackOwnsTheNext) {
  using Loop = typename TypeParam::EventLoop;
  Loop loop(TypeParam::kind);
  auto own = std::make_shared<common::Timer>();
  for (int i = 0; i < 100; ++i) {
    auto next = std::make_shared<common::Timer>();
    *next = loop.call_at(Clock::now() + seconds(60), [own] {});
    own = next;
  }
  loop.call_soon([own] {});
}

}  // namespace
