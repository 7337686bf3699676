// Where in the sources something stands, for people.
#pragma once

#include <ostream>
#include <source_location>
#include <string_view>

namespace common::trace {

/// Written to a stream as "fetch at crawler.cpp:24": the function's name, without what is around
/// it, and the file's, without its folder. Works of nothing until it is written.
struct Place {
  const std::source_location& location;  ///< Must outlive this.
};

/// Never throws by itself; a place that no compiler told has the line 0.
std::ostream& operator<<(std::ostream& out, const Place& place);

/// "fetch" of "stage5::Coroutine<Response> stage5::fetch(Attempt)", however the compiler writes it.
std::string_view short_name(std::string_view function);

}  // namespace common::trace
