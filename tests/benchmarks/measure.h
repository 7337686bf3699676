// What a crawl takes besides time, each measured in a way of its own.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>

/// Of this process and the children that it has waited for, user and system, in microseconds.
double processor_time();
/// What of it the kernel took.
double kernel_time();

/// How often this process calls `operator new` during `work`, in any of its threads.
std::size_t allocations(const std::function<void()>& work);

/// How many system calls `work` makes, in all of its threads and child processes. It runs in a copy
/// of this process that is stopped at each call (ptrace), so this is no time to look at the clock.
/// Nothing if this system does not allow that, or if `work` throws.
std::optional<std::size_t> system_calls(const std::function<void()>& work);
