// The floor of every crawl benchmark: a crawl by nothing but the kernel's calls and the parser.
#pragma once

#include <cstddef>

#include "common/crawl/crawl_job.h"

namespace raw_epoll {

/// What a crawl came to.
struct Totals {
  std::size_t fetched = 0;  ///< Answered with 200.
  std::size_t failed = 0;
  std::size_t body_bytes = 0;
};

/// Fetches `job.urls`, `job.concurrency` at a time, in the calling thread, and does per page what a
/// crawler cannot do without: a new connection, one request, one answer that the ResponseParser
/// finds complete and right, every call checked. All URLs must be of one numeric host, as those of
/// a SiteProcess are. There is no report, no retry, no redirect and no deadline: each of them is
/// something that the stages have on top. Throws `std::system_error` when a page cannot be begun.
Totals crawl(const common::CrawlJob& job);

}  // namespace raw_epoll
