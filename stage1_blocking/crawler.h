// Stage 1: the crawler that blocks (the article's §3.1), and the ways out that were tried next
// (§3.2-3.4). What waits here is always a thread or a process, inside a call to the kernel.
#pragma once

#include <vector>

#include "common/crawl/attempt.h"
#include "common/crawl/crawl_job.h"
#include "common/crawl/crawl_report.h"

namespace stage1 {

/// Crawls and returns when all pages have a result or the job was interrupted. `job.variant` says
/// how: "sequential" (also if it is empty), "threads", "processes" or "busy". Throws
/// `std::invalid_argument` for any other variant and for a malformed start URL or exclusion,
/// `std::system_error` if there is no descriptor or thread to begin with, and whatever
/// `Frontier::finish` throws.
common::CrawlReport crawl(const common::CrawlJob& job);

/// Fetches one page: the article's `blocking_way`. The calling thread waits inside connect, send
/// and recv, each time until the attempt's deadline at most. Throws `std::system_error`, with
/// `timed_out()` when the deadline passes. May be called from several threads at once, for
/// different attempts.
common::Response fetch(common::Attempt attempt);

/// Fetches one page on a socket that never blocks, by asking again and again: the article's
/// `nonblocking_way`. The thread never waits, but uses the processor all the time. In variants.cpp.
/// Throws as `fetch` does.
common::Response fetch_busily(common::Attempt attempt);

/// Points to `fetch` or to `fetch_busily`.
using FetchFunction = common::Response (*)(common::Attempt);

/// Fetches one page after another, each with `how`. Throws as `crawl` does.
common::CrawlReport crawl_in_sequence(const common::CrawlJob& job, FetchFunction how);

/// Fetches each page in a process of its own, `job.concurrency` of them at a time (§3.2). In
/// variants.cpp. Throws as `crawl` does.
common::CrawlReport crawl_with_processes(const common::CrawlJob& job);

/// Fetches the pages with a pool of up to `job.concurrency` threads, which share one Frontier under
/// a mutex (§3.3). In variants.cpp. Throws as `crawl` does.
common::CrawlReport crawl_with_threads(const common::CrawlJob& job);

/// Fetches one page with `how`, and returns its response or its error as an Outcome. Throws nothing
/// that `how` threw.
common::Outcome outcome_of(FetchFunction how, const common::Attempt& attempt);

/// Blocks the calling thread until one of `fds` is readable, until `until` has come, or until a
/// signal arrives. Returns those that are readable, which may be none.
std::vector<int> wait_readable(std::vector<int> fds,
                               common::TimePoint until = common::TimePoint::max());

}  // namespace stage1
