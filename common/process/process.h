// Handles what a program inherits from the one that started it.
#pragma once

namespace common {

/// Prepares the process; it is the first call of every `main`. Opens descriptors 0, 1 and 2 on
/// /dev/null if they are closed: otherwise the next file or socket would get such a number, and the
/// report would be written into it. Ignores SIGPIPE, so that a reader that hangs up is an error of
/// one call. Stops ignoring SIGCHLD, because ignoring it hides how a child has ended.
void prepare_process() noexcept;

/// Returns whether the signal is ignored. The programs install no handler for a signal that is
/// ignored when they start. A background job of a script, for instance, starts with SIGINT ignored.
bool is_ignored(int signal) noexcept;

}  // namespace common
