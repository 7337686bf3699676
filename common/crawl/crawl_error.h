// Names every way in which a page can fail, in one vocabulary for all stages.
#pragma once

#include <string>
#include <system_error>

namespace common {

/// Says why a URL has no page. It converts to a `std::error_code`, whose `message()` is the
/// sentence that a report prints.
enum class CrawlError {
  bad_url = 1,
  unsupported_scheme,
  name_not_found,
  lookup_failed,  ///< Nothing was found out about the name: for example, no name server answered.
  connection_refused,
  unreachable,
  connect_timed_out,  ///< The connect deadline passed before the peer accepted.
  timed_out,          ///< The total deadline passed.
  connection_reset,
  closed_early,
  bad_response,
  headers_too_large,
  body_too_large,
  unsupported_encoding,
  too_many_redirects,
  redirect_loop,
  bad_redirect,         ///< No Location, or one that is not a URL.
  too_many_open_files,  ///< Out of descriptors with nothing in flight that could give one back.
  interrupted,          ///< Ctrl-C came while it was in flight.
  internal_error,       ///< Any other exception: a bug, or out of memory.
};

std::error_code make_error_code(CrawlError error) noexcept;

/// Returns the identifier, for JSON: "connection_refused".
std::string error_name(CrawlError error);

/// Translates an error of a socket, a parser or a deadline into what it means for the page.
/// `connected` says whether the peer had accepted, which distinguishes the connect deadline from
/// the total one. A code that is not known becomes `internal_error`.
CrawlError crawl_error_from(std::error_code error, bool connected) noexcept;

}  // namespace common

template <>
struct std::is_error_code_enum<common::CrawlError> : std::true_type {};
