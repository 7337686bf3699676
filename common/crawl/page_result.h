// Says what became of one URL.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <system_error>

#include "common/net/clock.h"
#include "common/net/endpoint.h"

namespace common {

/// Records what became of a URL; there is one for each. Times count from the crawl's first attempt,
/// on a clock that stands still while the crawl waits for nothing but name look-ups. A step that
/// was not reached has no time.
struct PageResult {
  std::string url;
  int status = 0;  ///< 0 if no answer came.
  std::string content_type;
  std::string content_encoding;
  std::size_t header_bytes = 0;
  std::size_t body_bytes = 0;
  std::size_t links = 0;          ///< Links found on the page.
  std::size_t new_links = 0;      ///< Of these, not met before.
  std::size_t skipped_links = 0;  ///< References that are not a URL to fetch.
  std::string next_url;           ///< Where a redirect leads, or empty.
  std::string note;               ///< Why a page has no links although it should, or empty.
  std::size_t tries = 0;
  std::optional<Endpoint> address;  ///< The last one tried.

  std::error_code error;  ///< A CrawlError, or the empty code.
  std::string detail;     ///< The error in its circumstances, as a sentence, or empty.
  std::string origin;     ///< Where in the crawler it came from, as far as is known.

  std::optional<Duration> queued;      ///< When the URL was met.
  std::optional<Duration> connecting;  ///< When the last attempt began to connect.
  std::optional<Duration> connected;
  std::optional<Duration> sent;
  std::optional<Duration> first_byte;
  std::optional<Duration> done;  ///< When the result was known.

  bool fetched() const noexcept { return !error; }
  /// Returns the time from the start of the last attempt to the result, or nothing if there was no
  /// attempt.
  std::optional<Duration> own_time() const noexcept;
  /// Returns why there is no page, as a sentence for people, or an empty text if there is one.
  std::string message() const;
};

}  // namespace common
