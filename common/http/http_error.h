// Names what can be wrong with an answer.
#pragma once

#include <system_error>

namespace common {

/// Says why a `ResponseParser` gives up.
enum class HttpError {
  closed_early = 1,   ///< The stream ended before the answer did.
  bad_response,       ///< Not HTTP, or HTTP that contradicts itself.
  headers_too_large,  ///< More than `ResponseParser::max_header` bytes without any body.
  body_too_large,     ///< More than the caller's limit.
};

std::error_code make_error_code(HttpError error) noexcept;

}  // namespace common

template <>
struct std::is_error_code_enum<common::HttpError> : std::true_type {};
