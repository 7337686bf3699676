#include "common/http/request.h"

namespace common {

std::string request_text(const Url& url) {
  std::string text = "GET ";
  text += url.target();
  text += " HTTP/1.1\r\nHost: ";
  text += url.authority();
  text +=
      "\r\n"
      "User-Agent: async-io-tutorial/1.0\r\n"
      "Accept-Encoding: identity\r\n"
      "Connection: close\r\n"
      "\r\n";
  return text;
}

}  // namespace common
