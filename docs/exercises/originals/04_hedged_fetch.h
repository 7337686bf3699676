// Exercise 4: two fetches race, and the second begins only if the first is slow.
#pragma once

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
      : loop_(loop), first_(first), second_(second), patience_(patience), done_(std::move(done)) {}
  HedgedFetch(const HedgedFetch&) = delete;
  HedgedFetch& operator=(const HedgedFetch&) = delete;

  /// Starts the first. The second starts when `patience` has passed, or as soon as the first has
  /// failed. The first response wins, and the other fetch is over before `done` hears of it. If
  /// both fail, `done` hears the error of the one that failed last.
  void fetch() {
    // TODO: this knows the first one only
    crawler_ = std::make_unique<stage2::Crawler>(loop_, first_, done_);
    loop_.call_soon([this] { crawler_->fetch(); });
  }

 private:
  stage2::EventLoop& loop_;
  const common::Attempt first_;
  const common::Attempt second_;
  [[maybe_unused]] const common::Duration patience_;
  const Done done_;
  std::unique_ptr<stage2::Crawler> crawler_;
};
