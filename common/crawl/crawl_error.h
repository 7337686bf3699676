// Every way in which a page can fail, in one vocabulary for all stages.
#pragma once

#include <string>
#include <system_error>

namespace common {

/// Why a URL has no page. `message()` of its `std::error_code` is the sentence that a report
/// prints.
enum class CrawlError {
  bad_url = 1,
  unsupported_scheme,
  name_not_found,
  lookup_failed,  ///< Nothing is known about the host's name: no name server answered, say.
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
  bad_redirect,         ///< No Location, or one that is no URL.
  too_many_open_files,  ///< Out of descriptors with nothing in flight that could give one back.
  interrupted,          ///< Ctrl-C came while it was in flight.
  internal_error,       ///< An exception that is none of the above: a bug, or out of memory.
};

std::error_code make_error_code(CrawlError error) noexcept;

/// The identifier, for JSON: "connection_refused".
std::string error_name(CrawlError error);

/// What an error of a socket, a parser or a deadline means for the page. `connected`: whether the
/// peer had accepted, which tells a connect deadline from the total one. A code that nothing is
/// known of is `internal_error`.
CrawlError crawl_error_from(std::error_code error, bool connected) noexcept;

}  // namespace common

template <>
struct std::is_error_code_enum<common::CrawlError> : std::true_type {};
