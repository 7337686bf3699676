// What a program does with what it inherits from the one that started it.
#pragma once

namespace common {

/// The first line of every `main`. Descriptors 0, 1 and 2 that are closed are opened on /dev/null:
/// else the next file or socket would get the number, and with it the report. SIGPIPE is ignored,
/// so that a reader who hangs up is an error of one call. SIGCHLD isn't, because an ignored one
/// hides how a child has ended.
void prepare_process() noexcept;

/// Whether the signal is ignored. If it is when the program begins (`nohup`, a background job of a
/// script), it stays so: we don't put a handler of ours in place.
bool is_ignored(int signal) noexcept;

}  // namespace common
