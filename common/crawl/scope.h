// Decides which URLs belong to a crawl.
#pragma once

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "common/http/url.h"

namespace common {

/// Applies the host rule and the exclusions to links and redirects.
class Scope {
 public:
  /// Limits the length of a URL in bytes. A longer one is never fetched, because servers refuse it.
  static constexpr std::size_t max_url = 8192;

  /// Excludes the URLs that match one of the regular expressions in `exclude`, which are in Perl's
  /// syntax. Throws `std::invalid_argument` that quotes the malformed one, if there is one.
  explicit Scope(const std::vector<std::string>& exclude);

  /// Adds the host of `url` to the crawl: the same scheme and port, and the host with or without
  /// `www.`.
  void admit_host_of(const Url& url);

  /// Returns whether `url` is on a host of the crawl and is not excluded. Throws
  /// `std::runtime_error` if an expression is too complex for this URL.
  bool contains(const Url& url) const;

 private:
  std::set<std::string, std::less<>> hosts_;  // "http://example.org:8080"
  std::vector<std::function<bool(const std::string&)>> excludes_;
};

}  // namespace common
