// Reads bytes as characters.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace common {

/// Holds the character that a text begins with.
struct Utf8Character {
  std::optional<char32_t> code;  ///< Nothing for a byte that is not part of valid UTF-8.
  std::size_t size = 1;          ///< In bytes.
};

/// Returns the first character of `text`, which must not be empty.
Utf8Character first_character(std::string_view text) noexcept;

}  // namespace common
