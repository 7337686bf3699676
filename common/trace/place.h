// Writes a place in the sources for people to read.
#pragma once

#include <ostream>
#include <source_location>
#include <string_view>

namespace common::trace {

/// Prints as "fetch at crawler.cpp:24": the function's bare name, and the file's without its
/// folder. It computes nothing until it is written to a stream.
struct Place {
  const std::source_location& location;  ///< Must outlive this.
};

/// Writes the place. Never throws by itself. A place that the compiler did not fill in has line 0.
std::ostream& operator<<(std::ostream& out, const Place& place);

/// Returns "fetch" for "stage5::Coroutine<Response> stage5::fetch(Attempt)", in whichever way the
/// compiler writes it.
std::string_view short_name(std::string_view function);

}  // namespace common::trace
