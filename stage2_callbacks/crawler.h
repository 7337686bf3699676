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

/// Crawls in the calling thread, many pages at a time, and returns when all is done. Throws
/// `std::invalid_argument` for a bad start URL or exclusion, `std::system_error` if there is no
/// descriptor to begin with, for the selector and the wake-up, and what the Frontier says of
/// `finish`.
common::CrawlReport crawl(const common::CrawlJob& job);

/// Fetches one page: stage 1's `fetch`, cut where it waited. What were its local variables are
/// members now, since each callback returns to the loop before the next begins.
class Crawler {
 public:
  /// Gets the error or, without one, the response: an exception would only reach the loop.
  using Done = std::function<void(std::error_code error, common::Response response)>;

  /// The loop must outlive the Crawler. `done` is called once, by the loop or from inside `fetch`,
  /// and must not destroy the Crawler. A Crawler that is destroyed earlier never calls it.
  Crawler(EventLoop& loop, common::Attempt attempt, Done done);
  Crawler(const Crawler&) = delete;
  Crawler& operator=(const Crawler&) = delete;
  ~Crawler();

  /// Starts to connect, and returns. The loop calls `connected`, then `read_response`.
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
