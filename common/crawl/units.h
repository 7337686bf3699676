// Durations and sizes as people write and read them: 100ms, 2s, 64KiB.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/net/clock.h"

namespace common {

/// Reads "100us", "100ms", "1.5s", "2m" or "2min", "1h" or "0", a day at most. Throws
/// `std::invalid_argument` that quotes `text` and says what would be right: a number without a unit
/// says nothing.
Duration parse_duration(std::string_view text);

/// Reads "512B", "64KiB", "1MiB", "2GiB" or "0", in bytes, 1 TiB at most. Throws as
/// `parse_duration` does.
std::size_t parse_size(std::string_view text);

/// Reads a whole number from `least` to `most`. Throws as `parse_duration` does.
std::size_t parse_count(std::string_view text, std::size_t least, std::size_t most);

/// "0 ms", "100 ms", "1.5 s", "2 min": the largest unit of which there is at least one, with one
/// digit after the point where it tells something.
std::string format_duration(Duration duration);

/// "512 B", "64 KiB", "1.5 MiB", likewise.
std::string format_size(std::size_t bytes);

/// "12,345".
std::string format_count(std::size_t count);

}  // namespace common
