#include "errors.h"

#include <utility>

namespace stage5 {

ExceptionGroup::ExceptionGroup(std::vector<std::exception_ptr> errors)
    : errors_(std::move(errors)) {  // NOLINT(bugprone-throw-keyword-missing): moved, not made
  what_ = std::to_string(errors_.size()) + (errors_.size() == 1 ? " error" : " errors");
  const char* separator = ": ";
  for (const auto& error : errors_) {
    what_ += std::exchange(separator, "; ") + message_of(error);
  }
}

bool is_cancelled(const std::exception_ptr& error) {
  if (error == nullptr) return false;
  try {
    std::rethrow_exception(error);
  } catch (const CancelledError&) {
    return true;
  } catch (...) {
    return false;
  }
}

std::string message_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& exception) {
    return exception.what();
  } catch (const CancelledError&) {
    return "cancelled";
  } catch (...) {
    return "something that is not a std::exception";
  }
}

}  // namespace stage5
