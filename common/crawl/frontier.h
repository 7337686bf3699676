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

/// Knows every URL of the crawl and what became of it. It hands out Attempts and takes back one
/// Outcome for each. Everything that has nothing to do with waiting happens inside it: redirects,
/// retries and the pauses before them, the limit on attempts in flight, name look-ups, and Ctrl-C.
///
/// Each crawl makes one Frontier and asks it in a loop. A stage that fetches one page after another
/// needs no more than this:
///
/// ```cpp
/// Frontier frontier(job);
/// for (;;) {
///   const Next next = frontier.next(Clock::now());
///   if (const auto* attempt = std::get_if<Attempt>(&next)) {
///     frontier.report(*attempt, make_error_code(std::errc::timed_out));  // or the Response
///   } else if (const auto* wait = std::get_if<WaitUntil>(&next)) {
///     std::this_thread::sleep_until(wait->when);  // a stage also waits for wakeup_fd() here
///   } else {
///     break;  // Finished. WaitForOne cannot come: nothing is in flight here
///   }
/// }
/// const CrawlReport report = frontier.finish();
/// ```
///
/// Not thread-safe. Stage 1's threads share a Frontier and call it under a mutex of their own.
///
/// `next` and `report` are called from callbacks, tasks and threads, where no caller could handle
/// an exception. So they do not throw what goes wrong inside the Frontier: an error of
/// `job.on_progress`, for example, or a thread for look-ups that cannot be started. The Frontier
/// keeps the first such error and answers Finished from then on, as it does after Ctrl-C. When the
/// stage has closed everything and calls `finish`, that throws the error
/// (see tests/contract/crawl_throws_test.cpp).
class Frontier {
 public:
  /// Looks up a host name and calls `callback` once, at once or later, from any thread. `next`
  /// calls it with port 0, because one look-up serves every port of the host: each Attempt gets the
  /// port of its own URL.
  using Lookup =
      std::function<void(std::string host, std::uint16_t port, Resolver::Callback callback)>;

  /// Takes the start URLs and the limits of `job`. Names are looked up with `lookup`; without one,
  /// a Resolver does it, whose thread is started for the first name.
  ///
  /// Throws `std::invalid_argument` if a start URL is malformed or is not http, or if an exclusion
  /// is not a regular expression. Throws `std::system_error` if there is no descriptor for the
  /// wake-up. Nothing has been fetched then.
  explicit Frontier(const CrawlJob& job, Lookup lookup = {});
  Frontier(const Frontier&) = delete;
  Frontier& operator=(const Frontier&) = delete;
  ~Frontier();

  /// Decides what the stage does at `now`: start an Attempt, wait, or finish. An Attempt is in
  /// flight from here until it is reported, and its deadlines count from `now`. Call it again until
  /// the answer is not an Attempt, and again after each `report` and each wake-up. After an
  /// interrupt, or after an error inside the Frontier, the answer is always Finished.
  Next next(TimePoint now);

  /// Takes the one Outcome of an Attempt, and decides about redirects and retries. Call it exactly
  /// once for each Attempt, except for those that are still in flight when the answer is Finished.
  /// `now` is when the Outcome became known; without it, that is the time of the call.
  ///
  /// Close the Attempt's Socket first, because the Socket writes into `timing`. After the report
  /// the Attempt is invalid: its `url`, `request` and `timing` point to memory that the Frontier
  /// uses again. Throws `std::logic_error` if the Attempt is not in flight, for example if it is
  /// reported twice. Does nothing after an error inside the Frontier.
  void report(const Attempt& attempt, Outcome&& outcome);
  void report(const Attempt& attempt, Outcome&& outcome, TimePoint now);
  /// Reports the Attempt with this id, for a caller that has kept only the id.
  void report(std::uint64_t id, Outcome&& outcome);

  /// Returns a descriptor that becomes readable when the answer of `next` may have changed for a
  /// reason that the stage cannot see: a name has been looked up, or Ctrl-C was pressed. Wait for
  /// it along with the sockets, and call `next` when it is readable; that makes it unreadable
  /// again. After an interrupt or an error it stays readable, so that every thread that waits for
  /// it wakes up. The Frontier owns the descriptor: register it, but do not read from or close it.
  int wakeup_fd() const noexcept;

  /// Ends the crawl and returns what became of every URL. An Attempt that was never reported counts
  /// as interrupted. Throws the error that the Frontier has kept, if there is one. Call it once,
  /// after the fetches have been destroyed, and call nothing after it.
  CrawlReport finish();
  CrawlReport finish(TimePoint now);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace common
