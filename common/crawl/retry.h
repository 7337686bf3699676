// Which failures may pass if one waits a little.
#pragma once

#include <cstddef>

#include "common/crawl/crawl_error.h"
#include "common/net/clock.h"

namespace common {

/// Errors of the transport or of a look-up: another try may find the network, or the server, in a
/// better state.
bool worth_retrying(CrawlError error) noexcept;

/// Answers by which a server says "not now": 408, 429, 500, 502, 503, 504.
bool worth_retrying(int status) noexcept;

/// How long to leave a page alone after its nth try: 100 ms after the first, then twice as long
/// each time, at most 5 s.
Duration pause_after(std::size_t tries) noexcept;

}  // namespace common
