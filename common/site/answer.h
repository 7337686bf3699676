// What the practice site sends back, well-formed or not, as data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/net/clock.h"

namespace common {

/// What becomes of the connection after the last byte.
enum class Ending {
  keep,        ///< Stays open for the next request.
  close,       ///< The stream ends, and with it the connection.
  half_close,  ///< The stream ends, but the site reads on until the client closes.
  reset,       ///< An RST instead of an end.
  stall,       ///< Nothing more happens until the client closes.
};

/// One answer, ready to be played: wait, send `bytes`, then `more` as often as it takes, then end.
struct Answer {
  /// For `more_bytes`: until the client goes.
  static constexpr std::uint64_t endless = UINT64_MAX;

  std::string bytes;             ///< Status line, header and body, or whatever goes for them.
  std::string_view more;         ///< Sent again and again; points to a constant.
  std::uint64_t more_bytes = 0;  ///< How many bytes of these in all.
  Duration wait{};               ///< Before the first byte.
  std::optional<Duration> drip;  ///< Sends `bytes` one by one, with this pause after each.
  Ending ending = Ending::close;
};

}  // namespace common
