// Decides what an answer means for a crawl.
#pragma once

#include <variant>

#include "common/crawl/failure.h"
#include "common/http/response.h"
#include "common/http/url.h"

namespace common {

/// Returns whether `status` is 301, 302, 303, 307 or 308.
bool is_redirect(int status) noexcept;

/// Returns where the redirect `response` of `page` leads (http or https, within `Scope::max_url`),
/// or why it leads nowhere.
std::variant<Url, Failure> redirect_target(const Url& page, const Response& response);

/// Returns whether to look for links: only in HTML that was answered with 200.
bool is_html(const Response& response);

/// Returns whether the body is packed although the request did not allow it: Content-Encoding names
/// one of the codings that IANA has registered. Servers also write words there that are not codings
/// (`utf-8`, `none`, `identity`); like browsers, this ignores them.
bool is_packed(const Response& response);

}  // namespace common
