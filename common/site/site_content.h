// Writes what the practice site answers: its pages, and its answer to a request that makes no
// sense.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/site/answer.h"
#include "common/site/faults.h"
#include "common/site/practice_site.h"

namespace common {

/// Holds a request, as far as the site needs it.
struct SiteRequest {
  std::string method;
  std::string target;       ///< "/1?delay_ms=20"
  bool keep_alive = false;  ///< The client would send another one.
  bool has_body = false;    ///< A body follows, which the site does not read.
};

/// Turns requests into answers. It knows no sockets; PracticeSite sends the answers.
class SiteContent {
 public:
  explicit SiteContent(const SiteOptions& options);

  /// Returns a page, a fault, or an error that says what is wrong.
  Answer answer(const SiteRequest& request) const;

  /// Returns the answer to bytes that are not a request.
  static Answer refusal(const std::string& why);

 private:
  SiteOptions options_;
  std::string front_page_;  // the longest one, and asked for most often
};

/// Writes "100ms" or "2s".
std::string duration_text(Duration duration);

}  // namespace common
