// The input is a page.
#include "common/http/links.h"

#include <set>
#include <string>
#include <string_view>

#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace common;
  const Links links = find_links({reinterpret_cast<const char*>(data), size},
                                 Url::parse("http://example.com/a/b?c"));
  std::set<std::string> seen;
  for (const Url& url : links.urls) {
    require(url.scheme() == "http" || url.scheme() == "https", "a link can be followed");
    require(Url::parse(url.text()) == url, "a link is in normal form: " + url.text());
    require(seen.insert(url.text()).second, "a link comes once: " + url.text());
  }
  require(links.urls.size() + links.skipped <= size / std::string_view("<a href").size(),
          "no link is made up");
  return 0;
}
