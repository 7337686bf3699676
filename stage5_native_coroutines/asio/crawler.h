// The industrial twin: stage 5's crawler as one would write it at work, on Boost.Asio and Beast.
#pragma once

#include "common/crawl/crawl_job.h"
#include "common/crawl/crawl_report.h"

namespace asio_crawler {

/// Crawls in the calling thread, many pages at a time, and returns when all is done. Throws
/// `std::invalid_argument` for a bad start URL, and what the Frontier says of `finish`.
/// `job.selector` means nothing here: Asio has its own.
common::CrawlReport crawl(const common::CrawlJob& job);

}  // namespace asio_crawler
