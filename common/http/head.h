// The part of an answer before its body, and the lines between its chunks: how far they are read
// leniently is listed in response_parser.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "common/http/response.h"

namespace common {

/// How the end of a body is found: after `length` bytes, by its chunks, or at the end of the
/// stream.
struct Framing {
  bool chunked = false;
  std::optional<std::uint64_t> length;
};

/// Reads `header`, which ends with its empty line and has no bare line feed, and notes in
/// `response` what it says. Nothing if it is not valid.
std::optional<Framing> read_head(std::string_view header, Response& response);

/// Whether all of `lines` are fields: a trailer, with its empty line. What they say is nothing to
/// us.
bool are_fields(std::string_view lines);

/// The hexadecimal digits of the line that announces a chunk. Nothing if it is not such a line.
std::optional<std::string_view> chunk_size(std::string_view line);

}  // namespace common
