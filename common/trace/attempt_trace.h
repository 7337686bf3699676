// Begins and ends the trace of an attempt. Only the Frontier calls these functions.
#pragma once

#include <string>
#include <string_view>

#include "common/trace/trace.h"

namespace common::trace {

/// Makes this thread work for `context`, and prints `words` at the left margin.
void begin(const Context& context, const Event& event, std::string_view words);

/// Prints `words` at the left margin, because the attempt has ended. The thread works for no
/// attempt from now on.
void end(const Context& context, const Event& event, std::string_view words);

/// Makes this thread work for no attempt.
void pause() noexcept;

/// Returns where the attempt's error came from, and forgets it: what `set_origin` or a `Resume` has
/// kept, or else the callback of the loop in which this is called, or else nothing.
std::string take_origin(const Context& context);

}  // namespace common::trace
