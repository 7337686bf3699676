// Makes text from outside safe to print on a terminal.
#pragma once

#include <string>
#include <string_view>

namespace common {

/// Returns `text` with a '?' in place of each character that a terminal could take as a command, or
/// that could make one line look like another. A server or a command line may contain anything.
/// These are replaced:
///   - all control characters: C0 (with tab and line ends), DEL, C1, and the line and paragraph
///     separators U+2028 and U+2029;
///   - a byte that is not part of valid UTF-8, because terminals that expect single bytes take
///     0x80 to 0x9F for C1;
///   - the characters that turn the direction of writing (U+061C, U+200E, U+200F, U+202A to U+202E,
///     U+2066 to U+2069).
std::string printable(std::string_view text);

/// Returns a JSON text with the same meaning in which such characters are escaped (\u009b). `json`
/// must be valid, so they can only be inside its strings; white space between those stays.
std::string printable_json(std::string_view json);

}  // namespace common
