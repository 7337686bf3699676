// What became of one URL.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <system_error>

#include "common/net/clock.h"
#include "common/net/endpoint.h"

namespace common {

/// The one record of a URL. Times are measured from the crawl's first attempt, on a clock that
/// stands still while the crawl waits for nothing but name look-ups; a step that was not reached
/// has none.
struct PageResult {
  std::string url;
  int status = 0;  ///< 0 if no answer came.
  std::string content_type;
  std::string content_encoding;
  std::size_t header_bytes = 0;
  std::size_t body_bytes = 0;
  std::size_t links = 0;          ///< Links found on the page.
  std::size_t new_links = 0;      ///< Of these, not met before.
  std::size_t skipped_links = 0;  ///< References that are no fetchable URL.
  std::string next_url;           ///< Where a redirect leads, or empty.
  std::string note;               ///< Why a page that should have links has none, or empty.
  std::size_t tries = 0;
  std::optional<Endpoint> address;  ///< The last one tried.

  std::error_code error;  ///< A CrawlError, or none.
  std::string detail;     ///< The error told with its circumstances, or empty.
  std::string origin;     ///< Where in the crawler it came from, as far as its style can tell.

  std::optional<Duration> queued;      ///< The URL was met.
  std::optional<Duration> connecting;  ///< The last attempt began to connect.
  std::optional<Duration> connected;
  std::optional<Duration> sent;
  std::optional<Duration> first_byte;
  std::optional<Duration> done;  ///< The result stood.

  bool fetched() const noexcept { return !error; }
  /// From the start of the last attempt to the result; nothing if none was made.
  std::optional<Duration> own_time() const noexcept;
  /// Why there is no page, as a sentence for people; empty if there is one.
  std::string message() const;
};

}  // namespace common
