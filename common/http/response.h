// Holds an HTTP response, as far as a crawler needs it.
#pragma once

#include <cstddef>
#include <string>

namespace common {

/// Holds one complete answer. A ResponseParser makes it.
struct Response {
  int status = 0;                 ///< 200, 404 …
  std::string content_type;       ///< As sent, empty without one.
  std::string content_encoding;   ///< As sent, empty without one; several with commas between.
  std::string location;           ///< As sent, empty without one.
  bool has_location = false;      ///< Location was sent, even if it is empty.
  bool locations_differ = false;  ///< It was sent several times, with different values.
  std::size_t header_bytes =
      0;             ///< Status line and header of the final answer, with the empty line.
  std::string body;  ///< Without chunk framing.
};

}  // namespace common
