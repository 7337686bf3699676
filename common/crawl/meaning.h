// What an answer means for a crawl.
#pragma once

#include <variant>

#include "common/crawl/failure.h"
#include "common/http/response.h"
#include "common/http/url.h"

namespace common {

/// 301, 302, 303, 307, 308.
bool is_redirect(int status) noexcept;

/// Where the redirect `response` of `page` leads (http or https, within `Scope::max_url`), or why
/// nowhere.
std::variant<Url, Failure> redirect_target(const Url& page, const Response& response);

/// Whether links are to be looked for: in HTML that was answered with 200, and not packed in a way
/// that nobody asked for.
bool has_links(const Response& response);

}  // namespace common
