#include "common/crawl/meaning.h"

#include <algorithm>
#include <array>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include "common/crawl/scope.h"
#include "common/crawl/units.h"

namespace common {
namespace {

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

}  // namespace

bool is_redirect(int status) noexcept {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::variant<Url, Failure> redirect_target(const Url& page, const Response& response) {
  const auto bad = [](const std::string& why) { return Failure{CrawlError::bad_redirect, why}; };
  const auto too_long = [&bad] {
    return bad("redirected to a URL of more than " + format_size(Scope::max_url));
  };
  if (!response.has_location) return bad("redirected without a Location");
  if (response.locations_differ) return bad("redirected to several places at once");
  if (response.location.size() > Scope::max_url) return too_long();
  try {
    Url target = page.resolve(response.location);
    if (target.text().size() > Scope::max_url) return too_long();
    if (target.scheme() == "http" || target.scheme() == "https") return target;
    return Failure{CrawlError::unsupported_scheme,
                   "redirected to " + target.text() + ": only http:// can be fetched"};
  } catch (const std::invalid_argument& error) {
    return bad(std::string("redirected to ") + error.what());
  }
}

bool is_html(const Response& response) {
  if (response.status != 200) return false;
  std::string type = lower_case(response.content_type);
  type.erase(std::min(type.find_first_of("; \t"), type.size()));
  return type == "text/html" || type == "application/xhtml+xml";
}

bool is_packed(const Response& response) {
  static constexpr std::array<std::string_view, 12> codings = {
      "aes128gcm", "br",   "compress",     "dcb",        "dcz",    "deflate",
      "exi",       "gzip", "pack200-gzip", "x-compress", "x-gzip", "zstd"};
  std::string list = lower_case(response.content_encoding);
  std::replace_if(list.begin(), list.end(), [](char c) { return c == ',' || c == '\t'; }, ' ');
  std::istringstream words(list);
  for (std::string word; words >> word;) {
    if (std::ranges::find(codings, word) != codings.end()) return true;
  }
  return false;
}

}  // namespace common
