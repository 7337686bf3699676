// An HTTP response, as far as a crawler cares.
#pragma once

#include <cstddef>
#include <string>

namespace common {

/// One complete answer.
struct Response {
  int status = 0;                 ///< 200, 404 …
  std::string content_type;       ///< As sent, empty without one.
  std::string content_encoding;   ///< As sent, empty without one; several with commas between.
  std::string location;           ///< As sent, empty without one.
  bool has_location = false;      ///< Location was sent, perhaps empty.
  bool locations_differ = false;  ///< It was sent several times, each time another one.
  std::size_t header_bytes =
      0;             ///< Status line and header of the final answer, with its empty line.
  std::string body;  ///< Without chunk framing.
};

}  // namespace common
