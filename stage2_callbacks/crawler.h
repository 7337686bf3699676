// Stage 2: the crawler in callbacks (the article's §3.5 and §4.1).
#pragma once

#include <functional>
#include <string_view>
#include <system_error>

#include "common/crawl/attempt.h"
#include "common/crawl/crawl_job.h"
#include "common/crawl/crawl_report.h"
#include "common/http/response_parser.h"
#include "common/net/socket.h"
#include "event_loop.h"

namespace stage2 {

/// Crawls in the calling thread, many pages at a time, and returns when all of them have a result
/// or the job was interrupted. Everything it makes, the loop included, is gone by then. Throws
/// `std::invalid_argument` for a malformed start URL or exclusion, `std::system_error` if there is
/// no descriptor for the selector or the wake-up, and whatever `Frontier::finish` throws.
common::CrawlReport crawl(const common::CrawlJob& job);

/// Fetches one page. It is stage 1's `fetch`, cut in pieces where that one waited: each piece
/// leaves the next one with the loop as a callback and returns. What were local variables are
/// members now, because no piece is on the stack while the page waits.
///
/// The crawl makes one Crawler for each Attempt, owns it, and destroys it after `done` was called.
/// Not thread-safe: everything happens in the loop's thread.
class Crawler {
 public:
  /// Receives the error or, if there is none, the response. An error travels as an argument because
  /// an exception would only reach the loop.
  using Done = std::function<void(std::error_code error, common::Response response)>;

  /// Prepares to fetch `attempt` and starts nothing. The loop must outlive the Crawler. `done` is
  /// called once, from a callback of the loop or from inside `fetch`. It must not destroy the
  /// Crawler, which is still running then; the crawl does that with `call_soon`. If the Crawler is
  /// destroyed before, it unregisters and closes its socket and never calls `done`.
  Crawler(EventLoop& loop, common::Attempt attempt, Done done);
  Crawler(const Crawler&) = delete;
  Crawler& operator=(const Crawler&) = delete;
  ~Crawler();

  /// Starts to connect, and returns at once. When the socket is ready, the loop calls `connected`,
  /// and then `read_response` for each chunk. Call it once.
  void fetch();

 private:
  void connected(const Key& key, common::Events mask);
  void read_response(const Key& key, common::Events mask);
  void register_callback(common::Events events,
                         void (Crawler::*callback)(const Key&, common::Events));
  void unregister();
  void set_deadline();
  void deadline_passed();
  void finish(std::error_code error, common::Response response = {});
  void release();

  EventLoop& loop_;
  const common::Attempt attempt_;
  const Done done_;
  common::Socket sock_;
  std::string_view unsent_;
  common::ResponseParser response_;
  common::Timer deadline_;
  bool registered_ = false;
};

}  // namespace stage2
