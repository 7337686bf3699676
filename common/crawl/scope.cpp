#include "common/crawl/scope.h"

#include <algorithm>
#include <stdexcept>
#include <string_view>

namespace common {
namespace {

std::string host_key(const Url& url) {
  std::string_view host = url.host();
  if (host.starts_with("www.")) host.remove_prefix(4);
  return url.scheme() + "://" + std::string(host) + ":" + std::to_string(url.port());
}

std::regex expression(const std::string& text) {
  try {
    return std::regex(text, std::regex::ECMAScript | std::regex::optimize);
  } catch (const std::regex_error& error) {
    throw std::invalid_argument("'" + text + "' is not a regular expression: " + error.what());
  }
}

}  // namespace

Scope::Scope(const std::vector<std::string>& exclude) {
  for (const std::string& text : exclude) exclude_.push_back(expression(text));
}

void Scope::admit_host_of(const Url& url) { hosts_.insert(host_key(url)); }

bool Scope::contains(const Url& url) const {
  return hosts_.contains(host_key(url)) &&
         std::none_of(exclude_.begin(), exclude_.end(), [&](const std::regex& excluded) {
           return std::regex_search(url.text(), excluded);
         });
}

}  // namespace common
