// What a crawl takes besides time, each measured in a way of its own.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>

/// Of this process and the children that it has waited for, user and system, in microseconds.
double processor_time();

/// How often this process calls `operator new` during `work`, in any of its threads.
std::size_t allocations(const std::function<void()>& work);

/// How many system calls `work` makes, in all of its threads and child processes. It runs in a copy
/// of this process that is stopped at each call (ptrace), so this is no time to look at the clock.
/// Nothing if this system does not allow that, or if `work` throws.
std::optional<std::size_t> system_calls(const std::function<void()>& work);

/// How many bytes of memory `work` has touched by the time it calls `now`, in all of its threads
/// and child processes. It runs in a copy of this process and ends there. Nothing if it never gets
/// there, or if this system does not tell.
std::optional<std::size_t> memory_by(
    const std::function<void(const std::function<void()>& now)>& work);
