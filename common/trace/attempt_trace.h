// When the trace of an attempt begins and ends: for the Frontier, which knows.
#pragma once

#include <string>
#include <string_view>

#include "common/trace/trace.h"

namespace common::trace {

/// This thread works for `context` from now on; prints `words` at the margin.
void begin(const Context& context, const Event& event, std::string_view words);

/// The attempt has ended: prints `words` at the margin. The thread works for nobody from now on.
void end(const Context& context, const Event& event, std::string_view words);

/// The thread works for nobody.
void pause() noexcept;

/// Where the attempt's error came from, once: what `set_origin` or a `Resume` kept, else the
/// callback of the loop in which this is asked, else nothing.
std::string take_origin(const Context& context);

}  // namespace common::trace
