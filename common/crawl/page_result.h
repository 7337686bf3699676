// What became of one URL.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <system_error>

#include "common/net/clock.h"

namespace common {

/// The one record of a URL. Times are measured from the start of the crawl; a step that was not
/// reached has none.
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
  std::size_t tries = 0;
  std::string address;  ///< "127.0.0.1:8080", the last one tried; empty if none was.

  std::error_code error;  ///< A CrawlError, or none.
  std::string detail;     ///< More about the error, or empty.

  std::optional<Duration> queued;      ///< The URL was met.
  std::optional<Duration> connecting;  ///< The last attempt began to connect.
  std::optional<Duration> connected;
  std::optional<Duration> sent;
  std::optional<Duration> first_byte;
  std::optional<Duration> done;  ///< The result stood.

  bool fetched() const noexcept { return !error; }
};

}  // namespace common
