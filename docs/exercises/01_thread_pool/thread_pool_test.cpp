// Exercise 1. The test of start/thread_pool.h, or of the solution.
#include "thread_pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "common/net/endpoint.h"
#include "common/net/timing.h"
#include "common/site/practice_site.h"
#include "stage1_blocking/crawler.h"

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Holds all who come until it is opened, but not for ever.
class Gate {
 public:
  void open() {
    std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  // Whether it was opened.
  bool pass() {
    std::unique_lock lock(mutex_);
    const bool opened = changed_.wait_for(lock, seconds(5), [this] { return open_; });
    open_ = true;  // nobody waits for long again
    return opened;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

TEST(ThreadPool, RunsAsManyJobsAtOnceAsItHasThreads) {
  Gate all_there;
  std::atomic<int> there = 0;
  std::atomic<int> passed = 0;
  {
    ThreadPool pool(3, 10);
    for (int i = 0; i < 3; ++i) {
      pool.submit([&] {
        if (++there == 3) all_there.open();
        if (all_there.pass()) ++passed;
      });
    }
  }
  EXPECT_EQ(passed, 3) << "each job waited for the two others to begin";
}

TEST(ThreadPool, RunsAtMostOneJobPerThread) {
  std::atomic<int> running = 0;
  std::atomic<bool> too_many = false;
  std::atomic<int> ran = 0;
  {
    ThreadPool pool(2, 100);
    for (int i = 0; i < 50; ++i) {
      pool.submit([&] {
        if (++running > 2) too_many = true;
        std::this_thread::yield();
        --running;
        ++ran;
      });
    }
  }
  EXPECT_FALSE(too_many);
  EXPECT_EQ(ran, 50) << "the pool was destroyed only when all had run";
}

TEST(ThreadPool, SubmitWaitsWhileTheQueueIsFull) {
  Gate gate;
  std::atomic<int> submitted = 0;
  std::atomic<int> finished = 0;
  std::atomic<int> most_open = 0;
  {
    ThreadPool pool(1, 2);
    std::jthread producer([&] {
      for (int i = 0; i < 10; ++i) {
        pool.submit([&] {
          gate.pass();
          ++finished;
        });
        ++submitted;
        most_open = std::max(most_open.load(), submitted - finished);
      }
    });
    // One that runs and two that wait fill the pool. A queue without a bound gets time to show it.
    for (int i = 0; i < 100 && submitted <= 3; ++i) std::this_thread::sleep_for(milliseconds(1));
    gate.open();
  }
  EXPECT_LE(most_open, 3);
  EXPECT_EQ(finished, 10);
}

TEST(ThreadPool, SurvivesAJobThatThrows) {
  std::atomic<int> ran = 0;
  {
    ThreadPool pool(1, 2);
    pool.submit([] { throw std::runtime_error("broken"); });
    pool.submit([&] { ++ran; });
  }
  EXPECT_EQ(ran, 1);
}

TEST(ThreadPool, DestroysAJobBeforeItsThreadTakesTheNext) {
  bool destroyed = false;
  std::atomic<bool> destroyed_in_time = false;
  {
    ThreadPool pool(1, 2);
    pool.submit([it = std::shared_ptr<void>(nullptr, [&](void*) { destroyed = true; })] {});
    pool.submit([&] { destroyed_in_time = destroyed; });
  }
  EXPECT_TRUE(destroyed_in_time);
}

TEST(ThreadPool, FetchesTenPagesThreeAtATime) {
  common::PracticeSite site({.delay = milliseconds(20)});
  std::atomic<int> fetched = 0;
  std::atomic<int> going_on = 0;
  std::atomic<bool> too_many = false;
  std::atomic<bool> three_at_once = false;
  {
    ThreadPool pool(3, 5);
    for (int i = 0; i < 10; ++i) {
      pool.submit([&] {
        const int now = ++going_on;
        if (now == 3) three_at_once = true;
        if (now > 3) too_many = true;
        common::Timing timing;
        const auto response =
            stage1::fetch({.id = 1,
                           .url = "/1",
                           .address = *common::Endpoint::parse("127.0.0.1", site.port()),
                           .request = "GET /1 HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n",
                           .max_body = 1'000'000,
                           .timing = &timing});
        --going_on;
        if (response.status == 200) ++fetched;
      });
    }
  }
  EXPECT_EQ(fetched, 10);
  EXPECT_TRUE(three_at_once);
  EXPECT_FALSE(too_many);
}

}  // namespace
