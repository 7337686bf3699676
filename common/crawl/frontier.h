// Decides what to fetch next. A stage decides only how to wait.
#pragma once

#include <memory>

#include "common/crawl/attempt.h"
#include "common/crawl/crawl_job.h"
#include "common/crawl/crawl_report.h"

namespace common {

/// The URLs that are known, and what became of each. It hands out Attempts and takes their
/// Outcomes; the cap on attempts in flight, name look-ups and Ctrl-C are inside it. Not
/// thread-safe: stage 1's threads lock it themselves.
///
///     for (;;) next(now) -> Attempt: fetch it, then report   -> WaitUntil, WaitForOne: wait, then
///     ask again
///                        -> Finished: stop, drop what is in flight, and call finish
class Frontier {
 public:
  /// Throws `std::invalid_argument` if a start URL is malformed or not http, before anything is
  /// fetched.
  explicit Frontier(const CrawlJob& job);
  Frontier(const Frontier&) = delete;
  Frontier& operator=(const Frontier&) = delete;
  ~Frontier();

  /// What to do at `now`. Each Attempt is in flight until it is reported.
  Next next(TimePoint now);

  /// Takes an Attempt's one Outcome. Its `timing` is gone afterwards.
  void report(const Attempt& attempt, Outcome outcome);

  /// Becomes readable when `next` may answer anew for a reason that the stage cannot see: a name
  /// was looked up, Ctrl-C. The call of `next` makes it unreadable again.
  int wakeup_fd() const noexcept;

  /// Ends the crawl and says what became of it. Attempts never reported count as interrupted. Call
  /// it once.
  CrawlReport finish();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace common
