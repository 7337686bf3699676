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

/// Whether links are to be looked for: HTML that was answered with 200.
bool is_html(const Response& response);

/// Whether the body is packed, in a way that nobody asked for: Content-Encoding names one of the
/// codings that IANA has registered. Servers also write there what is none (`utf-8`, `none`,
/// `identity`); that says nothing about the bytes, to browsers neither.
bool is_packed(const Response& response);

}  // namespace common
