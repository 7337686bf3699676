// Decides what to fetch next. A stage decides only how to wait.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/crawl/attempt.h"
#include "common/crawl/crawl_job.h"
#include "common/crawl/crawl_report.h"
#include "common/net/clock.h"
#include "common/net/resolver.h"

namespace common {

/// The URLs that are known, and what became of each. It hands out Attempts and takes their
/// Outcomes; redirects, retries with their pauses, the cap on attempts in flight, name look-ups and
/// Ctrl-C are inside it. Not thread-safe: stage 1's threads lock it themselves.
///
///     for (;;) next(now) -> Attempt: fetch it, then report
///                        -> WaitUntil, WaitForOne: wait, then ask again
///                        -> Finished: stop, drop what is in flight, and call finish
///
/// What goes wrong in here, in `job.on_progress` or when the thread for look-ups can't start, ends
/// the crawl like Ctrl-C: `next` and `report` don't throw it, since they are called from callbacks,
/// tasks and threads, where nobody could catch it. The first such exception is kept, `next` answers
/// Finished from then on, and `finish` throws it once the stage has closed everything.
class Frontier {
 public:
  /// Looks up a host name and calls back once, from any thread, at once or later. Called by `next`,
  /// with port 0: the addresses get that of the URL.
  using Lookup =
      std::function<void(std::string host, std::uint16_t port, Resolver::Callback callback)>;

  /// Throws `std::invalid_argument` if a start URL is malformed or not http, or an exclusion no
  /// regular expression, before anything is fetched; `std::system_error` if there is no descriptor
  /// for the wake-up. Names are looked up with a Resolver, which is started for the first of them,
  /// unless there is a `lookup`.
  explicit Frontier(const CrawlJob& job, Lookup lookup = {});
  Frontier(const Frontier&) = delete;
  Frontier& operator=(const Frontier&) = delete;
  ~Frontier();

  /// What to do at `now`. Each Attempt is in flight until it is reported; its deadlines count from
  /// `now`. After an interrupt, or once something went wrong, the answer is always Finished.
  Next next(TimePoint now);

  /// Takes an Attempt's one Outcome, known since `now` or just now. What the Attempt points to is
  /// gone afterwards. Throws `std::logic_error` if the Attempt is not in flight. Does nothing once
  /// something went wrong.
  void report(const Attempt& attempt, Outcome&& outcome);
  void report(const Attempt& attempt, Outcome&& outcome, TimePoint now);
  /// The same for the Attempt of that id, if whoever reports has not kept it.
  void report(std::uint64_t id, Outcome&& outcome);

  /// Becomes readable when `next` may answer anew for a reason that the stage cannot see: a name
  /// was looked up, Ctrl-C. The call of `next` makes it unreadable again; after an interrupt, or
  /// once something went wrong, it stays readable, so that everyone who waits for it learns of it.
  int wakeup_fd() const noexcept;

  /// Ends the crawl and says what became of it. Attempts never reported count as interrupted.
  /// Throws what went wrong in the Frontier, if anything did. Call it once, and nothing after it.
  CrawlReport finish();
  CrawlReport finish(TimePoint now);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace common
