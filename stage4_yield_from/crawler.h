// Stage 4: the crawler as machines inside a machine (the article's §4.5).
#pragma once

#include <optional>
#include <string>

#include "async_io.h"
#include "common/crawl/attempt.h"
#include "common/crawl/crawl_job.h"
#include "common/crawl/crawl_report.h"
#include "common/net/socket.h"
#include "event_loop.h"
#include "generator.h"

namespace stage4 {

/// Crawls in the calling thread, many pages at a time, and returns when all of them have a result
/// or the job was interrupted. Everything it makes, the loop included, is gone by then. Throws
/// `std::invalid_argument` for a malformed start URL or exclusion, `std::system_error` if there is
/// no descriptor for the selector or the wake-up, and whatever `Frontier::finish` throws.
common::CrawlReport crawl(const common::CrawlJob& job);

/// Fetches one page. It is stage 1's `fetch` as a machine that stops wherever that one blocked. A
/// Task owns it and resumes it; the crawler makes one Task for each Attempt, and throws into it
/// when the deadline passes. Destroying the machine in the middle of a wait unregisters and closes
/// its socket. The loop must outlive it, and it must be gone before its Attempt is reported.
class Fetch {
 public:
  Fetch(EventLoop& loop, common::Attempt attempt);

  /// Runs to the next wait and yields its Future, or returns the response, or throws
  /// `std::system_error`. Throws `std::logic_error` if the machine has already finished.
  Step<common::Response> resume(Sent& sent);

  /// "Fetch at reading", for the trace.
  std::string where() const { return std::string("Fetch at ") + states[state_]; }

 private:
  enum State { starting, connecting, sending, reading, finished };
  static constexpr const char* states[] = {"starting", "connecting", "sending", "reading",
                                           "finished"};

  EventLoop& loop_;
  State state_ = starting;
  // The locals of fetch. Destroyed in reverse order, so that the wait ends before the socket does.
  const common::Attempt attempt_;
  common::Socket sock_;
  // The children: declared last, so that they are destroyed first.
  std::optional<Connect> connect_;
  std::optional<SendAll> send_all_;
  std::optional<ReadAll> read_all_;
};

}  // namespace stage4
