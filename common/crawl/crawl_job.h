// Says what to crawl and within which limits: the same for every stage.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "common/http/response.h"
#include "common/net/clock.h"
#include "common/net/selector.h"

namespace common {

class Interrupt;
struct PageResult;

/// Says how far a crawl has come, in URLs.
struct CrawlProgress {
  std::size_t fetched = 0;
  std::size_t failed = 0;
  std::size_t in_flight = 0;
  std::size_t queued = 0;  ///< Will be fetched, unless a limit forbids it.
};

/// Describes one crawl. The defaults are those of the command line. Pass it to the `crawl` of a
/// stage, which copies it:
///
/// ```cpp
/// CrawlJob crawl_this;
/// crawl_this.urls = {"http://127.0.0.1:8080/"};
/// crawl_this.concurrency = 50;
/// crawl_this.on_page = [](const PageResult&, const Response& response) {
///   std::printf("%zu bytes\n", response.body.size());
/// };
/// ```
struct CrawlJob {
  std::vector<std::string> urls;                        ///< Where to start; absolute, http.
  std::size_t concurrency = 10;                         ///< Attempts in flight at most, at least 1.
  Duration timeout = std::chrono::seconds(30);          ///< For one attempt, up to its last byte.
  Duration connect_timeout = std::chrono::seconds(10);  ///< Until it is connected.
  std::size_t max_body = 16 * 1024 * 1024;              ///< Bytes.
  std::size_t max_pages = 10000;                        ///< URLs that are tried at most.
  std::size_t max_redirects = 10;                       ///< In one chain, at most.
  std::size_t max_tries = 4;                            ///< For each URL, at least 1.
  bool follow = false;                                  ///< Follow links on the same host.
  /// Regular expressions in Perl's syntax. A link or redirect is not followed if one of them
  /// matches any part of its URL. A start URL is always fetched.
  std::vector<std::string> exclude;
  Selector::Kind selector = Selector::default_kind();  ///< For the stages that have a loop.
  std::string variant;                                 ///< Stage 1 only.

  std::size_t trace = 0;  ///< The control flow of the first so many attempts is printed.
  bool verbose = false;   ///< The report says where each error came from.
  bool debug = false;     ///< Stage 5 reports each task that blocked the loop.

  /// Ends the crawl from outside when it is requested; may be null. It must outlive the crawl.
  Interrupt* interrupt = nullptr;

  /// Is called for each page that was fetched, by the Frontier, from inside `report`; may be empty.
  /// A real program does its work with the page here. If it throws, this page fails and the crawl
  /// goes on. The PageResult has taken its texts from the Response, so the Response may lack them,
  /// the content type for example; its body is whole. Stage 1's threads call `report` under their
  /// mutex, so this function needs no lock of its own.
  std::function<void(const PageResult&, const Response&)> on_page;

  /// Is called by the Frontier after each Outcome, from inside `report`; may be empty. If it
  /// throws, the crawl ends, and `crawl` throws the same error.
  std::function<void(const CrawlProgress&)> on_progress;
};

}  // namespace common
