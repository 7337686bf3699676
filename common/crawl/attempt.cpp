#include "common/crawl/attempt.h"

#include "common/crawl/crawl_error.h"

namespace common {

Outcome::Outcome(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const std::system_error& error) {
    error_ = error.code();
    if (crawl_error_from(error_, true) == CrawlError::internal_error) detail_ = error.what();
  } catch (const std::exception& error) {
    error_ = CrawlError::internal_error;
    detail_ = error.what();
  } catch (...) {
    error_ = CrawlError::internal_error;
  }
}

}  // namespace common
