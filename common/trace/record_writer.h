// Turns the events of a trace into the lines of its record, and numbers them.
#pragma once

#include <cstdint>
#include <string_view>

#include "common/trace/trace.h"

namespace common::trace::detail {

/// Records one event if this thread's run is recorded. Returns its number, or 0.
std::uint64_t write(const Context& context, const Event& event, std::string_view text,
                    int depth) noexcept;

/// Begins a hop: what is written from now on happens inside the one that began with `event`.
void open_hop(std::uint64_t event) noexcept;

/// Ends that hop. `threw` says whether an error ended it, and `at` is the line where it began.
void close_hop(std::uint64_t event, bool threw, const std::source_location& at) noexcept;

}  // namespace common::trace::detail
