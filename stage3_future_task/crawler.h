// Stage 3: the crawler as a state machine that waits for Futures (the article's §4.4).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/crawl/attempt.h"
#include "common/crawl/crawl_job.h"
#include "common/crawl/crawl_report.h"
#include "common/http/response_parser.h"
#include "common/net/socket.h"
#include "event_loop.h"
#include "future.h"
#include "generator.h"

namespace stage3 {

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
  enum State { starting, connecting, reading, finished };
  static constexpr const char* states[] = {"starting", "connecting", "reading", "finished"};

  void on_connected();
  void on_readable();

  EventLoop& loop_;
  State state_ = starting;
  // The locals of fetch.
  const common::Attempt attempt_;
  common::Socket sock_;
  std::string_view unsent_;
  common::ResponseParser response_;
  std::shared_ptr<Future> future_;
  std::optional<Registration> registration_;
};

}  // namespace stage3
