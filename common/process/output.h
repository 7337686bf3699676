// What a program writes: its reports on stderr, which may fail, and its result on stdout, which
// may not.
#pragma once

#include <ostream>
#include <string_view>

namespace common {

/// Writes whole lines to stderr, made `printable`. If they can't be written, that is all: a report
/// on the work never ends the work.
void say(std::string_view lines) noexcept;

/// The same for a text with control sequences of our own. Nothing else may be in it that comes from
/// outside.
void say_unchanged(std::string_view text) noexcept;

/// Writes `text` to stdout, at once and to its end. Throws `std::system_error`: "the report could
/// not be written: No space left on device", with `what` for "the report".
void write_out(std::string_view text, const char* what = "the report");

/// For a `main` whose result went to `out`, which is std::cout: 0, or 1 if some of it is lost,
/// which it says.
int exit_status_of(std::ostream& out) noexcept;

}  // namespace common
