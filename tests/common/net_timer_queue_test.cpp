#include "common/net/timer_queue.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>
#include <stdexcept>
#include <vector>

namespace common {
namespace {

using std::chrono::milliseconds;

/// A made-up time: the queue is told what time it is, so no test waits.
TimePoint at(int ms) { return TimePoint{} + milliseconds(ms); }

class TimerQueueTest : public ::testing::Test {
 protected:
  TimerQueue::Callback note(int number) {
    return [this, number] { called.push_back(number); };
  }

  std::vector<int> called;
  TimerQueue queue;
};

TEST_F(TimerQueueTest, CallsDueTimersInOrderOfTime) {
  const Timer third = queue.call_at(at(30), note(3));
  const Timer first = queue.call_at(at(10), note(1));
  const Timer second = queue.call_at(at(20), note(2));
  EXPECT_EQ(queue.next_due(), at(10));

  queue.run_due(at(9));
  EXPECT_EQ(called, std::vector<int>{});
  queue.run_due(at(20));
  EXPECT_EQ(called, (std::vector{1, 2}));
  EXPECT_EQ(queue.next_due(), at(30));
  queue.run_due(at(1000));
  EXPECT_EQ(called, (std::vector{1, 2, 3}));
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.next_due(), std::nullopt);
}

TEST_F(TimerQueueTest, CallsTimersOfTheSameTimeFirstInFirstOut) {
  std::vector<Timer> timers;
  std::vector<int> expected;
  for (int i = 0; i < 100; ++i) {
    timers.push_back(queue.call_at(at(10), note(i)));
    expected.push_back(i);
  }
  timers[50].cancel();  // the heap moves another one there
  expected.erase(expected.begin() + 50);
  queue.run_due(at(10));
  EXPECT_EQ(called, expected);
}

TEST_F(TimerQueueTest, ForgetsATimerThatIsDestroyedCancelledOrAssignedTo) {
  Timer cancelled = queue.call_at(at(1), note(1));
  cancelled.cancel();
  cancelled.cancel();
  {
    const Timer destroyed = queue.call_at(at(1), note(2));
  }
  Timer assigned = queue.call_at(at(1), note(3));
  assigned = queue.call_at(at(1), note(4));
  queue.run_due(at(1));
  EXPECT_EQ(called, std::vector{4});
}

TEST_F(TimerQueueTest, FollowsATimerThatIsMoved) {
  Timer first = queue.call_at(at(1), note(1));
  Timer moved(std::move(first));
  first.cancel();
  EXPECT_FALSE(queue.empty());
  Timer assigned;
  assigned = std::move(moved);
  moved.cancel();
  EXPECT_FALSE(queue.empty());
  Timer& itself = assigned;
  assigned = std::move(itself);
  EXPECT_FALSE(queue.empty());
  assigned.cancel();
  EXPECT_TRUE(queue.empty());
}

TEST_F(TimerQueueTest, SpentTimerCancelsNothingElse) {
  Timer spent = queue.call_at(at(1), note(1));
  queue.run_due(at(1));
  const Timer next = queue.call_at(at(2), note(2));  // in the same slot
  spent.cancel();
  queue.run_due(at(2));
  EXPECT_EQ(called, (std::vector{1, 2}));
}

TEST_F(TimerQueueTest, LeavesWhatACallbackAddsToTheNextRun) {
  std::vector<Timer> timers;
  timers.push_back(queue.call_at(at(5), [&] {
    called.push_back(1);
    timers.push_back(queue.call_at(at(1), note(3)));  // due before all others, but new
  }));
  timers.push_back(queue.call_at(at(6), note(2)));
  queue.run_due(at(10));
  EXPECT_EQ(called, (std::vector{1, 2}));
  EXPECT_EQ(queue.next_due(), at(1));
  queue.run_due(at(10));
  EXPECT_EQ(called, (std::vector{1, 2, 3}));
}

TEST_F(TimerQueueTest, LetsACallbackCancelOneThatIsDueInTheSameRun) {
  Timer second;
  const Timer first = queue.call_at(at(1), [&] { second.cancel(); });
  second = queue.call_at(at(1), note(2));
  const Timer third = queue.call_at(at(1), note(3));
  queue.run_due(at(1));
  EXPECT_EQ(called, std::vector{3});
}

TEST_F(TimerQueueTest, LetsACallbackDropItsOwnTimer) {
  Timer timer;
  timer = queue.call_at(at(1), [&] {
    timer.cancel();
    timer = queue.call_at(at(2), note(1));
  });
  queue.run_due(at(2));
  EXPECT_EQ(called, std::vector<int>{});
  queue.run_due(at(2));
  EXPECT_EQ(called, std::vector{1});
}

TEST_F(TimerQueueTest, CallsTheRestAfterACallbackThrew) {
  Timer cancelled;
  const Timer throws = queue.call_at(at(1), [&] {
    cancelled.cancel();
    throw std::runtime_error("a callback's own");
  });
  cancelled = queue.call_at(at(2), note(2));
  const Timer third = queue.call_at(at(3), note(3));
  const Timer later = queue.call_at(at(9), note(9));
  int caught = 0;
  queue.run_due(at(5), [&](const auto& callback) {
    try {
      callback();
    } catch (const std::runtime_error&) {
      ++caught;
    }
  });
  EXPECT_EQ(caught, 1);
  EXPECT_EQ(called, std::vector{3});
  EXPECT_EQ(queue.next_due(), at(9));
}

TEST_F(TimerQueueTest, DropsACallbackAsSoonAsItIsCancelledOrCalled) {
  const auto owned = std::make_shared<int>(1);
  Timer cancelled = queue.call_at(at(1), [owned] {});
  const Timer called_one = queue.call_at(at(1), [owned] {});
  EXPECT_EQ(owned.use_count(), 3);
  cancelled.cancel();
  EXPECT_EQ(owned.use_count(), 2);
  queue.run_due(at(1));
  EXPECT_EQ(owned.use_count(), 1);
}

TEST(TimerQueue, CanBeDestroyedWithCallbacksThatOwnTheirTimers) {
  struct Owner {
    Timer timer;
    Timer other;
  };
  const auto owner = std::make_shared<Owner>();
  const std::weak_ptr<Owner> watch = owner;
  {
    TimerQueue queue;
    const auto inside = std::make_shared<Owner>();
    inside->other = queue.call_at(at(1), [] {});
    inside->timer = queue.call_at(at(1), [inside] {});
    const Timer outside = queue.call_at(at(1), [owner] {});
    EXPECT_EQ(watch.use_count(), 2);
  }
  EXPECT_EQ(watch.use_count(), 1);
}

TEST_F(TimerQueueTest, AgreesWithASortedMapOnRandomOperations) {
  std::mt19937 random(20150601);
  std::multimap<TimePoint, int> model;  // of equal keys, the first inserted comes first
  std::map<int, Timer> timers;
  std::vector<int> expected;
  int now = 0;
  for (int i = 0; i < 5000; ++i) {
    const unsigned action = random() % 10;
    if (action < 6) {
      const TimePoint when = at(now + static_cast<int>(random() % 50));
      timers[i] = queue.call_at(when, note(i));
      model.emplace(when, i);
    } else if (action < 9 && !timers.empty()) {
      auto timer = timers.lower_bound(static_cast<int>(random() % static_cast<unsigned>(i)));
      if (timer == timers.end()) timer = timers.begin();
      std::erase_if(model, [&](const auto& entry) { return entry.second == timer->first; });
      timers.erase(timer);  // perhaps one that was called already
    } else {
      now += static_cast<int>(random() % 20);
      const auto end = model.upper_bound(at(now));
      for (auto due = model.begin(); due != end; ++due) expected.push_back(due->second);
      model.erase(model.begin(), end);
      queue.run_due(at(now));
      ASSERT_EQ(called, expected);
    }
    ASSERT_EQ(queue.empty(), model.empty());
    if (!model.empty()) {
      ASSERT_EQ(queue.next_due(), model.begin()->first);
    }
  }
  EXPECT_GT(called.size(), 1000U);
}

}  // namespace
}  // namespace common
