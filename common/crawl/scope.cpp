#include "common/crawl/scope.h"

#include <algorithm>
#include <boost/regex.hpp>
#include <stdexcept>
#include <string_view>

namespace common {
namespace {

std::string host_key(const Url& url) {
  std::string_view host = url.host();
  if (host.starts_with("www.")) host.remove_prefix(4);
  return std::string(url.scheme()) + "://" + std::string(host) + ":" + std::to_string(url.port());
}

// Boost's matcher, since the standard library's recurses for each character: a long URL would
// overflow the stack.
std::function<bool(const std::string&)> matcher(const std::string& expression) {
  try {
    return [compiled = boost::regex(expression)](const std::string& text) {
      return boost::regex_search(text, compiled);
    };
  } catch (const boost::regex_error& error) {
    throw std::invalid_argument("'" + expression + "' is not a regular expression: " +
                                boost::regex_traits<char>().error_string(error.code()));
  }
}

}  // namespace

Scope::Scope(const std::vector<std::string>& exclude) {
  for (const std::string& expression : exclude) excludes_.push_back(matcher(expression));
}

void Scope::admit_host_of(const Url& url) { hosts_.insert(host_key(url)); }

bool Scope::contains(const Url& url) const {
  return hosts_.contains(host_key(url)) &&
         std::none_of(excludes_.begin(), excludes_.end(),
                      [&](const auto& excludes) { return excludes(url.text()); });
}

}  // namespace common
