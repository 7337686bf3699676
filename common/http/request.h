// Writes the text of a request.
#pragma once

#include <string>

#include "common/http/url.h"

namespace common {

/// Returns `GET … HTTP/1.1` with Host, User-Agent, `Accept-Encoding: identity` and `Connection:
/// close`, ready to be sent.
std::string request_text(const Url& url);

/// Writes the same into `text`, and uses its memory again.
void write_request(const Url& url, std::string& text);

}  // namespace common
