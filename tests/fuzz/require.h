// How a fuzz target says that something is wrong.
#pragma once

#include <stdexcept>
#include <string>

namespace common {

/// libFuzzer takes the exception for a crash and keeps the input, GoogleTest reports it.
inline void require(bool holds, const std::string& what) {
  if (!holds) throw std::logic_error("does not hold: " + what);
}

}  // namespace common
