// Shows: what a coroutine, a Task or a Future comes to (§4.4.1). New in this stage: stages 3 and 4
// know one type of value alone.
#pragma once

#include <exception>
#include <memory>
#include <type_traits>
#include <utility>
#include <variant>

#include "recycling.h"

namespace stage5 {

/// Nothing yet, a value, or an exception. The value is kept elsewhere, so that whoever still waits
/// for it pays for a pointer only: a page in flight has one of these in each of its coroutines.
template <class T>
class Result {
  using Stored =
      std::conditional_t<std::is_void_v<T>, std::monostate,
                         std::conditional_t<std::is_reference_v<T>, std::add_pointer_t<T>, T>>;

 public:
  using Reference = std::add_lvalue_reference_t<T>;  ///< T itself if that is void or a reference.

  /// A T is made of `value`; of a reference only where it leads is kept. An exception, if there is
  /// one as well, goes first.
  template <class... Value>
  void set_value(Value&&... value) {
    if constexpr (std::is_reference_v<T>) {
      value_ = make_recycled<Stored>(std::addressof(value)...);
    } else if constexpr (!std::is_void_v<T>) {
      value_ = make_recycled<Stored>(std::forward<Value>(value)...);
    }
  }

  /// Thrown wherever somebody asks for the value.
  void set_exception(std::exception_ptr exception) { exception_ = std::move(exception); }
  const std::exception_ptr& exception() const { return exception_; }

  /// The value, which may be moved from; or throws the exception. Only if there is one of them.
  Reference get() const {
    if (exception_) std::rethrow_exception(exception_);
    if constexpr (std::is_reference_v<T>) {
      return **value_;
    } else if constexpr (!std::is_void_v<T>) {
      return *value_;
    }
  }

  /// The same, moved out.
  T take() const {
    if constexpr (std::is_void_v<T> || std::is_reference_v<T>) {
      return get();
    } else {
      return std::move(get());
    }
  }

 private:
  std::exception_ptr exception_;
  RecycledPtr<Stored> value_;
};

}  // namespace stage5
