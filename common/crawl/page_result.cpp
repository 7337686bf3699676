#include "common/crawl/page_result.h"

namespace common {

std::optional<Duration> PageResult::own_time() const noexcept {
  if (!connecting || !done) return std::nullopt;
  return *done - *connecting;
}

std::string PageResult::message() const {
  if (!error) return "";
  return detail.empty() ? error.message() : detail;
}

}  // namespace common
