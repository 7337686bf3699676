// Shows: what a coroutine, a Task or a Future comes to (§4.4.1). New in this stage: stages 3 and 4
// know one type of value alone.
#pragma once

#include <cstddef>
#include <exception>
#include <iterator>
#include <memory>
#include <type_traits>
#include <utility>
#include <variant>

#include "recycling.h"

namespace stage5 {

/// What `for` can go through.
template <class T>
concept Range = requires(T& range) { std::begin(range); };

/// Nothing yet, a value, or an exception. It is kept elsewhere, so that whoever still waits for it
/// pays for a pointer only: a page in flight has one of these in each of its coroutines.
template <class T>
class Result {
  using Value =
      std::conditional_t<std::is_void_v<T>, std::monostate,
                         std::conditional_t<std::is_reference_v<T>, std::add_pointer_t<T>, T>>;

 public:
  static constexpr std::size_t size = sizeof(Value);
  using Reference = std::add_lvalue_reference_t<T>;  ///< T itself if that is void or a reference.

  /// A T is made of `arguments`; of a reference only where it leads is kept.
  template <class... Arguments>
  void set_value(Arguments&&... arguments) {
    if constexpr (std::is_reference_v<T>) {
      kept_ = make_recycled<Kept>(std::in_place_index<0>, std::addressof(arguments)...);
    } else if constexpr (!std::is_void_v<T>) {
      kept_ = make_recycled<Kept>(std::in_place_index<0>, std::forward<Arguments>(arguments)...);
    }
  }

  /// In place of a value, if there is one. Thrown wherever somebody asks for the value.
  void set_exception(std::exception_ptr exception) {
    kept_ = make_recycled<Kept>(std::in_place_index<1>, std::move(exception));
  }

  /// Null if there is none.
  std::exception_ptr exception() const { return failed() ? std::get<1>(*kept_) : nullptr; }

  /// The value, which may be moved from; or throws the exception. Only if there is one of them.
  Reference get() const {
    if (failed()) std::rethrow_exception(std::get<1>(*kept_));
    if constexpr (std::is_reference_v<T>) {
      return *std::get<0>(*kept_);
    } else if constexpr (!std::is_void_v<T>) {
      return std::get<0>(*kept_);
    }
  }

 private:
  using Kept = std::variant<Value, std::exception_ptr>;
  bool failed() const { return kept_ != nullptr && kept_->index() == 1; }

  RecycledPtr<Kept> kept_;  // null for nothing, and for a void value
};

}  // namespace stage5
