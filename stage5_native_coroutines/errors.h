// Shows: the two errors that only a runtime throws: a wait was cancelled, and several tasks failed
// (§4.6). New in this stage.
#pragma once

#include <exception>
#include <string>
#include <vector>

namespace stage5 {

/// Thrown out of the `co_await` at which a cancelled task waits. As in Python it is none of the
/// ordinary exceptions, so that whoever catches those does not swallow it. Whoever catches all
/// should throw this one on.
struct CancelledError {};

/// The errors of several tasks, each of them: asyncio's ExceptionGroup.
class ExceptionGroup : public std::exception {
 public:
  /// `errors` are at least one.
  explicit ExceptionGroup(std::vector<std::exception_ptr> errors);

  /// "2 errors: refused; timed out"
  const char* what() const noexcept override { return what_.c_str(); }

  /// In the order in which they came.
  const std::vector<std::exception_ptr>& errors() const noexcept { return errors_; }

 private:
  std::vector<std::exception_ptr> errors_;
  std::string what_;
};

/// Whether `error` is a CancelledError; not if it is null.
bool is_cancelled(const std::exception_ptr& error);

/// What `error`, which is not null, says for messages.
std::string message_of(const std::exception_ptr& error);

}  // namespace stage5
