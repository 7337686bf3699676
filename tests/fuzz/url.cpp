// A URL on the first line of the input, a reference on the rest.
#include "common/http/url.h"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string_view>

#include "common/http/request.h"
#include "tests/fuzz/target.h"

namespace common {
namespace {

void check(const Url& url) {
  const std::string& text = url.text();
  require(Url::parse(text).text() == text, "a normal form is normal: " + text);
  if (url.scheme() == "http") {
    require(Url::parse("HTTP" + text.substr(4)) == url, "it is the same taken apart: " + text);
  }
  require(url.resolve(text) == url, "an absolute URL resolves to itself: " + text);
  require(url.resolve("") == url, "the empty reference is the URL itself: " + text);
  require(url.target().starts_with("//") || url.resolve(url.target()) == url,
          "a target leads to its own URL: " + text);
  require(text == std::string(url.scheme()) + "://" + std::string(url.authority()) +
                      std::string(url.target()),
          "the parts make the whole: " + text);
  require(std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7F'; }) &&
              text.find('#') == std::string::npos,
          "it is printable ASCII without a fragment: " + text);
  const std::string path(url.target().substr(0, url.target().find('?')));
  require(path.starts_with('/') && (path + "/").find("/../") == std::string::npos &&
              (path + "/").find("/./") == std::string::npos,
          "its path has no dot segments: " + text);
  const std::string request = request_text(url);
  require(std::count(request.begin(), request.end(), '\n') == 6,
          "its request has five lines and an empty one: " + text);
}

std::optional<Url> parsed(std::string_view text) {
  try {
    return Url::parse(text);
  } catch (const std::invalid_argument& refusal) {
    require(std::string_view(refusal.what()).size() < 1000, "a refusal has a bearable length");
    return std::nullopt;
  }
}

}  // namespace
}  // namespace common

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace common;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t line_end = std::min(input.find('\n'), input.size());

  const std::optional<Url> given = parsed(input.substr(0, line_end));
  if (given) check(*given);
  const Url base = given.value_or(Url::parse("http://a/b/c/d;p?q"));
  try {
    check(base.resolve(input.substr(line_end)));
  } catch (const std::invalid_argument&) {
    // Not every text is a reference.
  }
  return 0;
}
