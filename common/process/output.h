// Writes what a program has to say: reports on stderr, which may fail without consequences, and the
// result on stdout, which may not.
#pragma once

#include <ostream>
#include <string_view>

namespace common {

/// Writes whole lines to stderr, made `printable`. If they cannot be written, nothing else happens,
/// because a report on the work never ends the work. May be called from any thread.
void say(std::string_view lines) noexcept;

/// Does the same for a text with control sequences of our own. Do not pass text from outside.
void say_unchanged(std::string_view text) noexcept;

/// Writes `text` to stdout, at once and to its end. Throws `std::system_error`: "the report could
/// not be written: No space left on device", with `what` for "the report".
void write_out(std::string_view text, const char* what = "the report");

/// Returns the exit status of a `main` that has written its result to `out`, which is std::cout: 0,
/// or 1 if some of it is lost, after saying so on stderr.
int exit_status_of(std::ostream& out) noexcept;

}  // namespace common
