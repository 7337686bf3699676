#include "common/crawl/retry.h"

#include <algorithm>

namespace common {

bool worth_retrying(CrawlError error) noexcept {
  switch (error) {
  case CrawlError::lookup_failed:
  case CrawlError::connection_refused:
  case CrawlError::unreachable:
  case CrawlError::connect_timed_out:
  case CrawlError::timed_out:
  case CrawlError::connection_reset:
  case CrawlError::closed_early:
    return true;
  default:
    return false;
  }
}

bool worth_retrying(int status) noexcept {
  switch (status) {
  case 408:
  case 429:
  case 500:
  case 502:
  case 503:
  case 504:
    return true;
  default:
    return false;
  }
}

Duration pause_after(std::size_t tries) noexcept {
  constexpr Duration longest = std::chrono::seconds(5);
  Duration pause = std::chrono::milliseconds(100);
  for (std::size_t i = 1; i < tries && pause < longest; ++i) pause *= 2;
  return std::min(pause, longest);
}

}  // namespace common
