// What to crawl and within which limits: the same for every stage.
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

/// How far a crawl has come, in URLs.
struct CrawlProgress {
  std::size_t fetched = 0;
  std::size_t failed = 0;
  std::size_t in_flight = 0;
  std::size_t queued = 0;  ///< Still to be fetched, if no limit forbids it.
};

/// One crawl. The defaults are those of the command line.
struct CrawlJob {
  std::vector<std::string> urls;                ///< Where to start; absolute, http.
  std::size_t concurrency = 10;                 ///< Attempts in flight at most, at least 1.
  Duration timeout = std::chrono::seconds(30);  ///< For an attempt, first step to last byte.
  Duration connect_timeout = std::chrono::seconds(10);  ///< For its connection.
  std::size_t max_body = 16 * 1024 * 1024;              ///< Bytes.
  std::size_t max_pages = 10000;                        ///< URLs tried at most.
  std::size_t max_redirects = 10;                       ///< Hops of one chain.
  std::size_t max_tries = 4;                            ///< For each URL, at least 1.
  bool follow = false;                                  ///< Follow links on the same host.
  /// Regular expressions (Perl's syntax) of links and redirects that are not followed: any match
  /// within the URL counts. A start URL is always fetched.
  std::vector<std::string> exclude;
  Selector::Kind selector = Selector::default_kind();  ///< For the stages that have one.
  std::string variant;                                 ///< Stage 1 only.

  std::size_t trace = 0;  ///< Attempts whose control flow is printed on stderr: the first ones.
  bool verbose = false;   ///< The report says of each error where it came from.
  bool debug = false;     ///< Stage 5 names on stderr each task that held all others up.

  /// Ends the crawl from outside; may be null. Must outlive the crawl.
  Interrupt* interrupt = nullptr;

  /// Called for each page that was fetched, by the Frontier, from inside `report`; may be empty.
  /// What the PageResult tells, the Response need not tell as well.
  /// This is where a real program would do something with the page. If it throws, the page fails.
  std::function<void(const PageResult&, const Response&)> on_page;

  /// Called by the Frontier from inside `report`, after each Outcome; may be empty. If it
  /// throws, the crawl ends, and `crawl` throws the same.
  std::function<void(const CrawlProgress&)> on_progress;
};

}  // namespace common
