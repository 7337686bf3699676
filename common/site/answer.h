// Describes what the practice site sends back, well-formed or not, as data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/net/clock.h"

namespace common {

/// Says what happens to the connection after the last byte.
enum class Ending {
  keep,        ///< Stays open for the next request.
  close,       ///< The stream ends, and with it the connection.
  half_close,  ///< The stream ends, but the site reads on until the client closes.
  reset,       ///< An RST instead of an end.
  stall,       ///< The site does nothing more until the client closes.
};

/// Describes one answer. The site waits, sends `bytes`, sends `more` as often as it takes, and then
/// ends as `ending` says.
struct Answer {
  /// Makes `more_bytes` last until the client closes.
  static constexpr std::uint64_t endless = UINT64_MAX;

  std::string bytes;             ///< Status line, header and body, or what stands in for them.
  std::string_view more;         ///< Sent again and again; points to a constant.
  std::uint64_t more_bytes = 0;  ///< How many bytes of `more` in all.
  Duration wait{};               ///< Before the first byte.
  std::optional<Duration> drip;  ///< Sends `bytes` one by one, with this pause after each.
  Ending ending = Ending::close;
};

}  // namespace common
