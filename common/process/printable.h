// What others wrote, on its way to a terminal.
#pragma once

#include <string>
#include <string_view>

namespace common {

/// A server, or a command line, may send anything: none of it reaches a terminal as a command. A
/// '?' stands for each character that could be one or could make a line look like another:
///   - all control characters: C0 (with tab and line ends), DEL, C1, and the line and paragraph
///     separators U+2028 and U+2029;
///   - a byte that is not part of valid UTF-8, because terminals that expect single bytes take
///     0x80 to 0x9F for C1;
///   - the characters that turn the direction of writing (U+061C, U+200E, U+200F, U+202A to U+202E,
///     U+2066 to U+2069).
std::string printable(std::string_view text);

/// A JSON text with the same meaning, in which such characters are escaped (\u009b). `json` is
/// valid, so they are inside its strings; white space between them stays.
std::string printable_json(std::string_view json);

}  // namespace common
