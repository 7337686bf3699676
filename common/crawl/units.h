// Reads and writes durations and sizes as people do: 100ms, 2s, 64KiB.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/net/clock.h"

namespace common {

/// Reads "100us", "100ms", "1.5s", "2m" or "2min", "1h" or "0", up to a day. A number other than 0
/// needs its unit. Throws `std::invalid_argument` that quotes `text` and says what would be right.
Duration parse_duration(std::string_view text);

/// Reads "512B", "64KiB", "1MiB", "2GiB" or "0", up to 1 TiB, and returns bytes. Throws as
/// `parse_duration` does.
std::size_t parse_size(std::string_view text);

/// Reads a whole number from `least` to `most`. Throws as `parse_duration` does.
std::size_t parse_count(std::string_view text, std::size_t least, std::size_t most);

/// Writes "0 ms", "100 ms", "1.5 s" or "2 min": in the largest unit of which there is at least one,
/// and with one digit after the point unless that is 0.
std::string format_duration(Duration duration);

/// Writes "512 B", "64 KiB" or "1.5 MiB", in the same way.
std::string format_size(std::size_t bytes);

/// Writes "12,345".
std::string format_count(std::size_t count);

}  // namespace common
