#include "common/http/http_error.h"

#include <string>

namespace common {
namespace {

class HttpCategory : public std::error_category {
 public:
  const char* name() const noexcept override { return "http"; }

  std::string message(int code) const override {
    switch (static_cast<HttpError>(code)) {
    case HttpError::closed_early:
      return "the connection was closed before the answer was complete";
    case HttpError::bad_response:
      return "the answer is not valid HTTP";
    case HttpError::headers_too_large:
      return "the header of the answer is too large";
    case HttpError::body_too_large:
      return "the body of the answer is too large";
    }
    return "unknown HTTP error";
  }
};

}  // namespace

std::error_code make_error_code(HttpError error) noexcept {
  static const HttpCategory category;
  return {static_cast<int>(error), category};
}

}  // namespace common
