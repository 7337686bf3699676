// What a fuzz target is, and how it says that something is wrong.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>

/// Tries one input: libFuzzer's name and signature. Each target defines it.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size);

namespace common {

/// libFuzzer takes the exception for a crash and keeps the input, GoogleTest reports it.
inline void require(bool holds, const std::string& what) {
  if (!holds) throw std::logic_error("does not hold: " + what);
}

}  // namespace common
