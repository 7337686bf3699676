// Stage 4: the crawler as machines within a machine (the article's §4.5).
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

/// Crawls in the calling thread, many pages at a time, and returns when all is done. Throws
/// `std::invalid_argument` for a bad start URL or exclusion, `std::system_error` if there is no
/// descriptor to begin with, for the selector and the wake-up, and what the Frontier says of
/// `finish`.
common::CrawlReport crawl(const common::CrawlJob& job);

/// Fetches one page: stage 1's `fetch` as a machine that stops where that blocked. A Task resumes
/// it. Destroying it ends the wait and closes the socket. The loop must outlive it.
class Fetch {
 public:
  Fetch(EventLoop& loop, common::Attempt attempt);

  /// Runs to the next wait and yields its Future, or returns the response, or throws
  /// `std::system_error`.
  Step<common::Response> resume(Sent& sent);

  /// "Fetch at reading", for the trace.
  std::string where() const { return std::string("Fetch at ") + states[state_]; }

 private:
  enum State { starting, connecting, sending, reading, finished };
  static constexpr const char* states[] = {"starting", "connecting", "sending", "reading",
                                           "finished"};

  EventLoop& loop_;
  State state_ = starting;
  // The locals of fetch.
  const common::Attempt attempt_;
  common::Socket sock_;
  // The children, declared last: destroyed first.
  std::optional<Connect> connect_;
  std::optional<SendAll> send_all_;
  std::optional<ReadAll> read_all_;
};

}  // namespace stage4
