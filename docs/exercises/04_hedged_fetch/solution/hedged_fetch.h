// Exercise 4, solved. All that both have to know of each other is a member: whether the second has
// begun, how many are still running. And whoever ends another looks first whether that one is on
// the stack.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <system_error>
#include <utility>

#include "common/crawl/attempt.h"
#include "common/net/clock.h"
#include "stage2_callbacks/crawler.h"
#include "stage2_callbacks/event_loop.h"

/// Fetches the same page from two addresses, the second only if the first does not answer in time.
class HedgedFetch {
 public:
  using Done = stage2::Crawler::Done;

  /// The loop must outlive it. `done` is called once, by the loop, and must not destroy it.
  HedgedFetch(stage2::EventLoop& loop, common::Attempt first, common::Attempt second,
              common::Duration patience, Done done)
      : loop_(loop), attempts_{first, second}, patience_(patience), done_(std::move(done)) {}
  HedgedFetch(const HedgedFetch&) = delete;
  HedgedFetch& operator=(const HedgedFetch&) = delete;

  /// Starts the first. The second starts when `patience` has passed, or as soon as the first has
  /// failed. The first response wins, and the other fetch is over before `done` hears of it. If
  /// both fail, `done` hears the error of the one that failed last.
  void fetch() {
    next_ = loop_.call_at(common::Clock::now(), [this] { start_next(); });
  }

 private:
  void start_next() {
    const std::size_t which = started_++;
    ++running_;
    if (started_ < attempts_.size())
      next_ = loop_.call_at(common::Clock::now() + patience_, [this] { start_next(); });
    auto& crawler = crawlers_[which];
    crawler = std::make_unique<stage2::Crawler>(
        loop_, attempts_[which], [this, which](std::error_code error, common::Response response) {
          ended(which, error, std::move(response));
        });
    crawler->fetch();
  }

  // Called by the Crawler `which`, which is on the stack: it must not be destroyed here.
  void ended(std::size_t which, std::error_code error, common::Response response) {
    --running_;
    if (error && started_ < attempts_.size()) {
      next_ = loop_.call_at(common::Clock::now(), [this] { start_next(); });
    } else if (!error || running_ == 0) {
      next_.cancel();
      crawlers_[1 - which].reset();
      done_(error, std::move(response));
    }
  }

  stage2::EventLoop& loop_;
  const std::array<common::Attempt, 2> attempts_;
  const common::Duration patience_;
  const Done done_;
  std::array<std::unique_ptr<stage2::Crawler>, 2> crawlers_;
  std::size_t started_ = 0;
  std::size_t running_ = 0;
  common::Timer next_;  // starts the next one
};
