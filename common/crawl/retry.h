// Decides which failures are worth another try, and after what pause (backoff).
#pragma once

#include <cstddef>

#include "common/crawl/crawl_error.h"
#include "common/net/clock.h"

namespace common {

/// Returns whether `error` came from the transport or from a look-up: another try may find the
/// network or the server in a better state.
bool worth_retrying(CrawlError error) noexcept;

/// Returns whether the server said "not now": 408, 429, 500, 502, 503 or 504.
bool worth_retrying(int status) noexcept;

/// Returns how long to wait after the nth try of a page: 100 ms after the first, then twice as long
/// each time, 5 s at most.
Duration pause_after(std::size_t tries) noexcept;

}  // namespace common
