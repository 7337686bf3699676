// Says why a page failed, with the words that explain it to people.
#pragma once

#include <string>

#include "common/crawl/attempt.h"
#include "common/crawl/crawl_error.h"
#include "common/crawl/crawl_job.h"

namespace common {

/// Holds what a PageResult says about a page that failed.
struct Failure {
  CrawlError error;
  std::string detail = {};  ///< A whole sentence, or empty where the error's own message is enough.
};

/// Describes an attempt at `address` that ended with `error`, which is what `crawl_error_from` made
/// of the error in `outcome`.
Failure failed_attempt(CrawlError error, const Outcome& outcome, const Endpoint& address,
                       bool connected, const CrawlJob& job);

/// Describes the exception that is being handled as an internal error. Call it only in a `catch`.
Failure failure_from_exception();

}  // namespace common
