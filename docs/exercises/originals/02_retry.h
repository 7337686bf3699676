// Exercise 2: try again, but not at once, and not all together.
#pragma once

#include <cstddef>
#include <functional>

#include "common/http/response.h"
#include "common/net/clock.h"

/// How often to try, and how long to pause in between.
struct Backoff {
  std::size_t tries = 4;                                    ///< At least 1.
  common::Duration first = std::chrono::milliseconds(100);  ///< The longest first pause.
  common::Duration most = std::chrono::seconds(2);          ///< The longest pause of all.
};

/// What the outside world contributes; the test brings its own.
struct World {
  std::function<common::Response()> fetch;      ///< May throw `std::system_error`.
  std::function<void(common::Duration)> pause;  ///< Blocks for that long.
  std::function<double()> random;               ///< In [0, 1), anew at each call.
};

/// Fetches until it works, `backoff.tries` times at most. Worth another try are a
/// `std::system_error` and the answers 429 and 503, nothing else. The pause before the n-th retry
/// (1, 2 …) is a random part of `first` times 2 to the (n-1)-th, or of `most` if that is shorter.
/// Gives the last response, or throws the last error.
inline common::Response fetch_with_retries(const World& world,
                                           [[maybe_unused]] const Backoff& backoff) {
  return world.fetch();  // TODO
}
