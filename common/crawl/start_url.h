// Reads the URLs that a crawl starts with.
#pragma once

#include <string>

#include "common/http/url.h"

namespace common {

/// Reads a start URL. Throws `std::invalid_argument`, with a sentence that quotes `text` and says
/// what is wrong, if it is malformed, is not http, or is longer than `Scope::max_url` bytes.
Url start_url(std::string text);

}  // namespace common
