// What a stage and the Frontier tell each other: an Attempt out, an Outcome back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <variant>

#include "common/http/response.h"
#include "common/net/clock.h"
#include "common/net/endpoint.h"
#include "common/net/timing.h"

namespace common {

/// One fetch to be made: connect to `address`, send `request`, read the answer. A plain value,
/// cheap to copy: what it points to is the Frontier's, and valid until the attempt is reported.
struct Attempt {
  std::uint64_t id = 0;      ///< Names it towards the Frontier; never used twice.
  std::string_view url;      ///< For messages and traces; the wire sees `request`.
  Endpoint address;          ///< Numeric: a stage looks no names up.
  std::string_view request;  ///< The bytes to send.
  std::size_t max_body = 0;  ///< For the `ResponseParser`.
  /// Both absolute deadlines; the Socket notes in it how far the attempt came.
  Timing* timing = nullptr;
};

/// What came of an Attempt: a Response, or the error that ended it. Errors of every kind are
/// welcome, the Frontier translates them (`crawl_error_from`).
class Outcome {
 public:
  Outcome(Response&& response) : response_(std::move(response)) {}
  Outcome(const Response& response) : response_(response) {}
  /// `error` must be one.
  Outcome(std::error_code error) : error_(error) {}
  /// A `std::system_error` gives its code, anything else is an internal error. That, and a code of
  /// which nothing is known, keeps its `what()`.
  Outcome(const std::exception_ptr& exception);

  bool ok() const noexcept { return response_.has_value(); }
  Response& response() { return *response_; }  ///< Only if `ok()`.
  std::error_code error() const noexcept { return error_; }
  const std::string& detail() const noexcept {
    return detail_;
  }  ///< More about the error, or empty.

 private:
  std::optional<Response> response_;
  std::error_code error_;
  std::string detail_;
};

/// Nothing to start before `when` (`TimePoint::max()`: before the wake-up descriptor says so). Ask
/// again then, or as soon as one of the attempts in flight was reported.
struct WaitUntil {
  TimePoint when;
};

/// Nothing to start until one of the attempts in flight is reported. There is at least one. Ask
/// again then.
struct WaitForOne {};

/// Nothing is left to start, nor worth waiting for: whatever is still in flight is to be dropped.
struct Finished {};

/// What `Frontier::next` answers.
using Next = std::variant<Attempt, WaitUntil, WaitForOne, Finished>;

}  // namespace common
