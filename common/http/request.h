// The text of a request.
#pragma once

#include <string>

#include "common/http/url.h"

namespace common {

/// `GET … HTTP/1.1` with Host, User-Agent, `Accept-Encoding: identity` and `Connection: close`,
/// ready to be sent.
std::string request_text(const Url& url);

/// The same in place of what `text` held, whose memory is used again.
void write_request(const Url& url, std::string& text);

}  // namespace common
