// Between the trace and its record: numbers, and lines of JSON.
#pragma once

#include <cstdint>
#include <string_view>

#include "common/trace/trace.h"

namespace common::trace::detail {

/// Records one event, if this thread's run is recorded; its number, or 0.
std::uint64_t write(const Context& context, const Event& event, std::string_view text,
                    int depth) noexcept;

/// What is written from now on happens inside the hop that began with `event`.
void open_hop(std::uint64_t event) noexcept;

/// It was left: by an error, if it `threw`. It had begun `at` that line.
void close_hop(std::uint64_t event, bool threw, const std::source_location& at) noexcept;

}  // namespace common::trace::detail
