#include "common/net/endpoint.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <stdexcept>

namespace common {
namespace {

TEST(Endpoint, StartsEmpty) { EXPECT_EQ(Endpoint().to_string(), "0.0.0.0:0"); }

TEST(Endpoint, ReadsNumericAddressesOfBothFamilies) {
  const auto v4 = Endpoint::parse("127.0.0.1", 8080);
  ASSERT_TRUE(v4);
  EXPECT_EQ(v4->family(), AF_INET);
  EXPECT_EQ(v4->port(), 8080);
  EXPECT_EQ(v4->to_string(), "127.0.0.1:8080");
  EXPECT_EQ(v4->size(), sizeof(sockaddr_in));

  for (const char* text : {"::1", "[::1]"}) {
    const auto v6 = Endpoint::parse(text, 65535);
    ASSERT_TRUE(v6) << text;
    EXPECT_EQ(v6->family(), AF_INET6);
    EXPECT_EQ(v6->port(), 65535);
    EXPECT_EQ(v6->to_string(), "[::1]:65535");
    EXPECT_EQ(v6->size(), sizeof(sockaddr_in6));
  }
}

TEST(Endpoint, RefusesNonNumericAddresses) {
  const std::string_view with_nul("127.0.0.1\0.example", 18);
  for (const std::string_view text :
       {std::string_view(""), std::string_view("localhost"), std::string_view("127.0.0"),
        std::string_view("127.0.0.256"), std::string_view("[127.0.0.1]"), std::string_view("[]"),
        std::string_view("["), std::string_view("[::1"), std::string_view("::1]"),
        std::string_view(" 127.0.0.1"), std::string_view("127.0.0.1:80"), with_nul}) {
    EXPECT_FALSE(Endpoint::parse(text, 80)) << text;
  }
}

TEST(Endpoint, CopiesWhatTheKernelHandsOut) {
  const Endpoint v4 = Endpoint::parse("192.0.2.7", 80).value();
  const Endpoint v6 = Endpoint::parse("2001:db8::7", 80).value();
  EXPECT_EQ(Endpoint(v4.data()), v4);
  EXPECT_EQ(Endpoint(v6.data()), v6);
}

TEST(Endpoint, IsNeverOfAnotherFamily) {
  sockaddr_un local{};
  local.sun_family = AF_UNIX;
  EXPECT_THROW(Endpoint(reinterpret_cast<const sockaddr*>(&local)), std::invalid_argument);
}

TEST(Endpoint, ComparesFamilyAddressAndPort) {
  const Endpoint one = Endpoint::parse("127.0.0.1", 80).value();
  EXPECT_EQ(one, Endpoint::parse("127.0.0.1", 80));
  EXPECT_NE(one, Endpoint::parse("127.0.0.2", 80));
  EXPECT_NE(one, Endpoint::parse("127.0.0.1", 81));
  EXPECT_NE(one, Endpoint::parse("::ffff:127.0.0.1", 80));
  EXPECT_NE(Endpoint::parse("0.0.0.0", 80), Endpoint::parse("::", 80));
  EXPECT_NE(Endpoint::parse("::1", 80), Endpoint::parse("::2", 80));
  EXPECT_EQ(Endpoint::parse("::1", 80), Endpoint::parse("[0:0:0:0:0:0:0:1]", 80));
}

TEST(Endpoint, SameLinkLocalAddressOnTwoLinksDiffers) {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = {{{0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}}};
  address.sin6_scope_id = 1;
  const Endpoint here(reinterpret_cast<const sockaddr*>(&address));
  address.sin6_scope_id = 2;
  const Endpoint there(reinterpret_cast<const sockaddr*>(&address));
  EXPECT_NE(here, there);
}

TEST(Endpoint, ChangesItsPortInACopy) {
  for (const char* text : {"127.0.0.1", "::1"}) {
    const Endpoint before = Endpoint::parse(text, 80).value();
    const Endpoint after = before.with_port(8080);
    EXPECT_EQ(before.port(), 80);
    EXPECT_EQ(after.port(), 8080);
    EXPECT_EQ(after.with_port(80), before);
  }
}

}  // namespace
}  // namespace common
