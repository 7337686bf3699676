// Bytes as characters.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace common {

/// What a text begins with.
struct Utf8Character {
  std::optional<char32_t> code;  ///< Nothing for a byte that is not part of valid UTF-8.
  std::size_t size = 1;          ///< In bytes.
};

/// The first character of `text`, which isn't empty.
Utf8Character first_character(std::string_view text) noexcept;

}  // namespace common
