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

/// One crawl. The defaults are those of the command line.
struct CrawlJob {
  std::vector<std::string> urls;                ///< Where to start; absolute, http.
  std::size_t concurrency = 10;                 ///< Attempts in flight at most, at least 1.
  Duration timeout = std::chrono::seconds(30);  ///< For an attempt, first step to last byte.
  Duration connect_timeout = std::chrono::seconds(10);  ///< For its connection.
  std::size_t max_body = 16 * 1024 * 1024;              ///< Bytes.
  std::size_t max_pages = 10000;                        ///< URLs fetched at most.
  std::size_t max_redirects = 10;                       ///< Hops of one chain.
  std::size_t max_tries = 4;                            ///< For each URL, at least 1.
  bool follow = false;                                  ///< Follow links on the same host.
  std::vector<std::string> exclude;  ///< Regular expressions of URLs to leave out.
  Selector::Kind selector = Selector::default_kind();  ///< For the stages that have one.
  std::string variant;                                 ///< Stage 1 only.

  /// Ends the crawl from outside; may be null. Must outlive the crawl.
  Interrupt* interrupt = nullptr;

  /// Called for each page that was fetched, by the Frontier, from inside `report`; may be empty.
  /// This is where a real program would do something with the page.
  std::function<void(const PageResult&, const Response&)> on_page;
};

}  // namespace common
