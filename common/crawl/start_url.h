// The URLs that a crawl starts with.
#pragma once

#include <string>

#include "common/http/url.h"

namespace common {

/// Reads a start URL. Throws `std::invalid_argument` with a sentence that quotes `text` and says
/// what is wrong, also for a scheme other than http and for more than `Scope::max_url` bytes.
Url start_url(std::string text);

}  // namespace common
