// Reads the part of an answer before its body, and the lines between its chunks. What is accepted
// and what is refused is listed in response_parser.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "common/http/response.h"

namespace common {

/// Says how the end of a body is found: by its chunks, after `length` bytes, or, without either, at
/// the end of the stream.
struct Framing {
  bool chunked = false;
  std::optional<std::uint64_t> length;
};

/// Reads `header`, which ends with its empty line and has no bare line feed, and stores what it
/// says in `response`. Returns nothing if it is not valid.
std::optional<Framing> read_head(std::string_view header, Response& response);

/// Returns whether all of `lines` are fields: a trailer, with its empty line. What the fields say
/// is ignored.
bool are_fields(std::string_view lines);

/// Returns the hexadecimal digits of the line that announces a chunk, or nothing if it is not such
/// a line.
std::optional<std::string_view> chunk_size(std::string_view line);

}  // namespace common
