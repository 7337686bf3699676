// What the practice site has to say: its pages, and how it takes a request that makes no sense.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/site/answer.h"
#include "common/site/faults.h"
#include "common/site/practice_site.h"

namespace common {

/// A request, as far as the site cares.
struct SiteRequest {
  std::string method;
  std::string target;       ///< "/1?delay_ms=20"
  bool keep_alive = false;  ///< The client would send another one.
  bool has_body = false;    ///< There are bytes that nobody reads.
};

/// Turns requests into answers. Knows no sockets.
class SiteContent {
 public:
  explicit SiteContent(const SiteOptions& options);

  /// A page, a fault, or an error that says what is wrong.
  Answer answer(const SiteRequest& request) const;

  /// The answer to something that is no request.
  static Answer refusal(const std::string& why);

 private:
  SiteOptions options_;
  std::string front_page_;  // the longest one, and asked for most often
};

/// "100ms", "2s".
std::string duration_text(Duration duration);

}  // namespace common
