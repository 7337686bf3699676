// Which URLs belong to a crawl.
#pragma once

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "common/http/url.h"

namespace common {

/// The host rule and the exclusions: which links and redirects are followed.
class Scope {
 public:
  /// Bytes of a URL that one can reasonably ask a server for; a longer one is never fetched.
  static constexpr std::size_t max_url = 8192;

  /// `exclude` are regular expressions in Perl's syntax. Throws `std::invalid_argument` that quotes
  /// the one that is malformed.
  explicit Scope(const std::vector<std::string>& exclude);

  /// From now on the host of `url` belongs to the crawl: the same scheme, port, and host with or
  /// without `www.`.
  void admit_host_of(const Url& url);

  /// On a host of the crawl and not excluded. Throws `std::runtime_error` if an expression is too
  /// complex for this URL.
  bool contains(const Url& url) const;

 private:
  std::set<std::string, std::less<>> hosts_;  // "http://example.org:8080"
  std::vector<std::function<bool(const std::string&)>> excludes_;
};

}  // namespace common
