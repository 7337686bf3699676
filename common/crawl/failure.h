// Why a page has no good answer, with the words that tell it to people.
#pragma once

#include <string>

#include "common/crawl/attempt.h"
#include "common/crawl/crawl_error.h"
#include "common/crawl/crawl_job.h"

namespace common {

/// What `PageResult` says of a page that failed.
struct Failure {
  CrawlError error;
  std::string detail = {};  ///< A whole sentence, or empty where the error's own words are enough.
};

/// For an attempt at `address` that ended with `error`, which is what
/// `crawl_error_from` made of the outcome's.
Failure failed_attempt(CrawlError error, const Outcome& outcome, const Endpoint& address,
                       bool connected, const CrawlJob& job);

/// An internal error, for the exception that is being handled. There must be one.
Failure failure_from_exception();

}  // namespace common
