#include "common/crawl/failure.h"

#include <algorithm>
#include <exception>

#include "common/crawl/units.h"

namespace common {

Failure failed_attempt(CrawlError error, const Outcome& outcome, const Endpoint& address,
                       bool connected, const CrawlJob& job) {
  const std::string doing =
      (connected ? "reading from " : "connecting to ") + address.to_string() + ": ";
  switch (error) {
  case CrawlError::connection_refused:
  case CrawlError::connection_reset:
  case CrawlError::closed_early:
    return {error, doing + make_error_code(error).message()};
  case CrawlError::unreachable:
  case CrawlError::too_many_open_files:
    return {error, doing + outcome.error().message()};
  case CrawlError::connect_timed_out:
    return {error, doing + "not connected within " +
                       format_duration(std::min(job.connect_timeout, job.timeout))};
  case CrawlError::timed_out:
    return {error, doing + "no complete answer within " + format_duration(job.timeout)};
  case CrawlError::body_too_large:
    return {error, "the answer's body is larger than " + format_size(job.max_body)};
  case CrawlError::internal_error:
    return {error, outcome.detail().empty() ? outcome.error().message() : outcome.detail()};
  default:
    return {error};
  }
}

Failure failure_from_exception() {
  try {
    throw;
  } catch (const std::exception& error) {
    return {CrawlError::internal_error, error.what()};
  } catch (...) {
    return {CrawlError::internal_error};
  }
}

}  // namespace common
