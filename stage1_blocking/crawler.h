// Stage 1: the crawler that blocks (the article's §3.1), and the ways out that were tried next
// (§3.2-3.4).
#pragma once

#include <vector>

#include "common/crawl/attempt.h"
#include "common/crawl/crawl_job.h"
#include "common/crawl/crawl_report.h"

namespace stage1 {

/// Crawls in the calling thread and returns when all is done: as `job.variant` says "sequential"
/// (or is empty), "threads", "processes" or "busy". Throws `std::invalid_argument` for any other,
/// for a bad start URL or exclusion; `std::system_error` if there is no descriptor or thread to
/// begin with; and what the Frontier says of `finish`.
common::CrawlReport crawl(const common::CrawlJob& job);

/// Fetches one page: the article's `blocking_way`. The calling thread waits inside connect, send
/// and recv, each time until the attempt's deadline at most. Throws `std::system_error`.
common::Response fetch(common::Attempt attempt);

/// Fetches one page on a socket that never blocks, asking again and again: the article's
/// `nonblocking_way`. In variants.cpp. Throws `std::system_error`.
common::Response fetch_busily(common::Attempt attempt);

/// `fetch` or `fetch_busily`.
using FetchFunction = common::Response (*)(common::Attempt);

/// One page after another, each by `how`. Throws as `crawl` does.
common::CrawlReport crawl_in_sequence(const common::CrawlJob& job, FetchFunction how);

/// §3.2: a process for each page, `job.concurrency` of them at a time. In variants.cpp. Throws as
/// `crawl` does.
common::CrawlReport crawl_with_processes(const common::CrawlJob& job);

/// §3.3: a pool of up to `job.concurrency` threads. In variants.cpp. Throws as `crawl` does.
common::CrawlReport crawl_with_threads(const common::CrawlJob& job);

/// Fetches one page and makes an Outcome of what that returned or threw.
common::Outcome outcome_of(FetchFunction how, const common::Attempt& attempt);

/// Blocks the calling thread until one of `fds` is readable, `until` has come, or a signal arrived.
/// Returns those that are readable.
std::vector<int> wait_readable(std::vector<int> fds,
                               common::TimePoint until = common::TimePoint::max());

}  // namespace stage1
