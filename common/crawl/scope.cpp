#include "common/crawl/scope.h"

#include <algorithm>
#include <boost/regex.hpp>
#include <stdexcept>
#include <string_view>

namespace common {
namespace {

/// The URL up to its path, without `www.`: a view of it, or of `memory`.
std::string_view host_key(const Url& url, std::string& memory) {
  constexpr std::string_view www = "www.";
  const std::string_view key(url.text().data(), url.text().size() - url.target().size());
  if (!url.authority().starts_with(www)) return key;
  memory = key;
  memory.erase(memory.find(www), www.size());
  return memory;
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

void Scope::admit_host_of(const Url& url) {
  std::string memory;
  const std::string_view key = host_key(url, memory);
  if (!hosts_.contains(key)) hosts_.emplace(key);
}

bool Scope::contains(const Url& url) const {
  std::string memory;
  return hosts_.contains(host_key(url, memory)) &&
         std::none_of(excludes_.begin(), excludes_.end(),
                      [&](const auto& excludes) { return excludes(url.text()); });
}

}  // namespace common
