// An answer, fed in pieces: how it is cut never changes what comes of it. The input's first byte
// says whether the stream ends after it, the second how it is cut, the rest is the answer.
#include "common/http/response_parser.h"

#include <algorithm>
#include <random>
#include <string>
#include <system_error>

#include "tests/fuzz/target.h"

namespace common {
namespace {

constexpr std::size_t max_body = 1000;

/// All that came of a stream, as text. `next_size(left)` says how long the next piece is.
template <typename NextSize>
std::string outcome(std::string_view stream, bool ends, NextSize next_size) {
  ResponseParser parser(max_body);
  std::error_code error;
  while (!stream.empty() && !error) {
    const std::size_t size = next_size(stream.size());
    parser.feed(stream.substr(0, size), error);
    stream.remove_prefix(size);
  }
  if (ends && !error) parser.feed({}, error);
  if (error) {
    require(error.category().name() == std::string("http"), "an error is an HttpError");
    return error.message();
  }
  if (!parser.complete()) {
    require(!ends, "the end of the stream ends the answer in one way or the other");
    return "not complete";
  }
  const Response response = parser.take();
  require(response.status >= 200 && response.status <= 999, "the answer is final");
  require(response.body.size() <= max_body, "the body is within its limit");
  require(response.header_bytes <= ResponseParser::max_header, "the header is within its limit");
  return std::to_string(response.status) + "|" + std::to_string(response.header_bytes) + "|" +
         response.content_type + "|" + response.content_encoding + "|" + response.location + "|" +
         (response.has_location ? "located" : "") + (response.locations_differ ? " twice" : "") +
         "|" + response.body;
}

}  // namespace
}  // namespace common

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace common;
  if (size < 2) return 0;
  const bool ends = data[0] % 2 == 1;
  std::minstd_rand random(data[1]);
  const std::string_view stream(reinterpret_cast<const char*>(data) + 2, size - 2);

  const std::string whole = outcome(stream, ends, [](std::size_t left) { return left; });
  require(outcome(stream, ends, [](std::size_t) { return 1; }) == whole, "byte by byte: " + whole);
  const auto any_size = [&random](std::size_t left) {
    return std::min<std::size_t>(left, 1 + random() % 20);
  };
  require(outcome(stream, ends, any_size) == whole, "cut anywhere: " + whole);
  return 0;
}
