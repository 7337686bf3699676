// Stage 5: the crawler with native coroutines (the article's §5).
#pragma once

#include "common/crawl/attempt.h"
#include "common/crawl/crawl_job.h"
#include "common/crawl/crawl_report.h"
#include "task.h"

namespace stage5 {

/// Crawls in the calling thread, many pages at a time, and returns when all is done. SIGUSR1 prints
/// meanwhile who waits for what. Throws `std::invalid_argument` for a bad start URL or exclusion,
/// `std::system_error` if there is no descriptor to begin with, for the selector, the wake-up and
/// the signal, and what the Frontier says of `finish`.
common::CrawlReport crawl(const common::CrawlJob& job);

/// Fetches one page: stage 1's `fetch`, which waits without blocking. Throws `std::system_error`.
Coroutine<common::Response> fetch(common::Attempt attempt);

}  // namespace stage5
