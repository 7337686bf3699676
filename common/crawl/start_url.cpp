#include "common/crawl/start_url.h"

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "common/crawl/scope.h"

namespace common {

Url start_url(std::string text) {
  std::optional<Url> normal = Url::take_normal(text);
  Url url = normal ? *std::move(normal) : Url::parse(text);
  if (url.scheme() != "http") {
    throw std::invalid_argument("'" + text +
                                "' cannot be fetched: only http:// is understood, not " +
                                std::string(url.scheme()) + "://");
  }
  if (url.text().size() > Scope::max_url) {
    throw std::invalid_argument("a URL of " + std::to_string(url.text().size()) +
                                " bytes is too long: at most " + std::to_string(Scope::max_url) +
                                " are allowed");
  }
  return url;
}

}  // namespace common
