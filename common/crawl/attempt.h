// Holds what passes between the Frontier and a stage: an Attempt goes out, an Outcome comes back.
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

/// Describes one fetch: connect to `address`, send `request`, read the answer. `Frontier::next`
/// returns it. It is a plain value and cheap to copy, because it only points to its texts and its
/// Timing: these belong to the Frontier, and are valid until the Attempt is reported.
struct Attempt {
  std::uint64_t id = 0;      ///< Identifies the Attempt; never used twice.
  std::string_view url;      ///< For messages and traces; `request` is what is sent.
  Endpoint address;          ///< Numeric: a stage never looks a name up.
  std::string_view request;  ///< The bytes to send.
  std::size_t max_body = 0;  ///< For the `ResponseParser`.
  /// Holds both deadlines, and is where the Socket notes how far the attempt came. Never null.
  Timing* timing = nullptr;
};

/// Holds how an Attempt ended: with a Response, or with the error that stopped it. A stage makes
/// one for each Attempt and passes it to `Frontier::report`. It may be an error of any kind,
/// because the Frontier translates it (`crawl_error_from`):
///
/// ```cpp
/// const auto outcome_of = [&]() -> Outcome {
///   try {
///     return Response();  // or: throw what went wrong
///   } catch (...) {
///     return std::current_exception();
///   }
/// };
/// ```
class Outcome {
 public:
  Outcome(Response&& response) : response_(std::move(response)) {}
  Outcome(const Response& response) : response_(response) {}
  /// Ends the Attempt with `error`, which must not be the empty code.
  Outcome(std::error_code error) : error_(error) {}
  /// Ends the Attempt with an exception, which must not be null. A `std::system_error` gives its
  /// code; any other exception is an internal error. That one, and a code that is not known, keep
  /// their `what()` as `detail`.
  Outcome(const std::exception_ptr& exception);

  bool ok() const noexcept { return response_.has_value(); }
  Response& response() { return *response_; }  ///< Call it only if `ok()`.
  std::error_code error() const noexcept { return error_; }
  const std::string& detail() const noexcept {
    return detail_;
  }  ///< More about the error, or empty.

 private:
  std::optional<Response> response_;
  std::error_code error_;
  std::string detail_;
};

/// Answers that there is nothing to start before `when`. If that is `TimePoint::max()`, only the
/// wake-up descriptor ends the wait. Ask again then, when the wake-up descriptor is readable, or
/// after one of the attempts in flight has been reported, whichever comes first.
struct WaitUntil {
  TimePoint when;
};

/// Answers that there is nothing to start until one of the attempts in flight, of which there is at
/// least one, is reported. Ask again then.
struct WaitForOne {};

/// Answers that the crawl is over: nothing is left to start, and nothing is worth waiting for.
/// Destroy what is still in flight, and call `Frontier::finish`.
struct Finished {};

/// Holds one of the four answers of `Frontier::next`.
using Next = std::variant<Attempt, WaitUntil, WaitForOne, Finished>;

}  // namespace common
