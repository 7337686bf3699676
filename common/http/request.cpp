#include "common/http/request.h"

#include <string_view>

namespace common {

void write_request(const Url& url, std::string& text) {
  constexpr std::string_view rest =
      "\r\n"
      "User-Agent: async-io-tutorial/1.0\r\n"
      "Accept-Encoding: identity\r\n"
      "Connection: close\r\n"
      "\r\n";
  text.clear();
  text.reserve(url.text().size() + rest.size() + sizeof "GET  HTTP/1.1\r\nHost: ");
  text.append("GET ").append(url.target()).append(" HTTP/1.1\r\nHost: ").append(url.authority());
  text += rest;
}

std::string request_text(const Url& url) {
  std::string text;
  write_request(url, text);
  return text;
}

}  // namespace common
