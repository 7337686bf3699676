#include "common/http/request.h"

#include <gtest/gtest.h>

namespace common {
namespace {

TEST(RequestText, IsAGetThatAsksForAPlainAnswerAndNoSecondOne) {
  EXPECT_EQ(request_text(Url::parse("http://example.com/a/b?c=d#e")),
            "GET /a/b?c=d HTTP/1.1\r\n"
            "Host: example.com\r\n"
            "User-Agent: async-io-tutorial/1.0\r\n"
            "Accept-Encoding: identity\r\n"
            "Connection: close\r\n"
            "\r\n");
}

TEST(RequestText, NamesThePortUnlessItIsTheSchemesOwn) {
  EXPECT_NE(request_text(Url::parse("http://a:8080")).find("GET / HTTP/1.1\r\nHost: a:8080\r\n"),
            std::string::npos);
  EXPECT_NE(request_text(Url::parse("http://a:80")).find("\r\nHost: a\r\n"), std::string::npos);
}

TEST(RequestText, PutsAnIPv6HostInBrackets) {
  EXPECT_NE(request_text(Url::parse("http://[::1]:81/")).find("\r\nHost: [::1]:81\r\n"),
            std::string::npos);
}

TEST(RequestText, CannotBeSplitByWhatAPageSays) {
  const Url url = Url::parse("http://a/").resolve("/x HTTP/1.1\r\nHost: evil\r\n\r\n?\x01|");
  EXPECT_EQ(request_text(url).substr(0, 47), "GET /x%20HTTP/1.1Host:%20evil?%01%7C HTTP/1.1\r\n");
}

}  // namespace
}  // namespace common
