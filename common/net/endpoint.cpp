#include "common/net/endpoint.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace common {

Endpoint::Endpoint() : storage_{} { storage_.v4.sin_family = AF_INET; }

Endpoint::Endpoint(const sockaddr* address) : storage_{} {
  // Copied as bytes: a `sockaddr` is the beginning of something larger.
  const void* bytes = address;
  switch (address->sa_family) {
  case AF_INET:
    std::memcpy(&storage_.v4, bytes, sizeof storage_.v4);
    break;
  case AF_INET6:
    std::memcpy(&storage_.v6, bytes, sizeof storage_.v6);
    break;
  default:
    throw std::invalid_argument("an Endpoint is an IPv4 or IPv6 address, not one of family " +
                                std::to_string(address->sa_family));
  }
}

std::optional<Endpoint> Endpoint::parse(std::string_view address, std::uint16_t port) {
  const bool brackets = address.size() >= 2 && address.front() == '[' && address.back() == ']';
  const std::string text(brackets ? address.substr(1, address.size() - 2) : address);
  if (text.find('\0') != std::string::npos) return std::nullopt;  // inet_pton would stop there

  Endpoint endpoint;
  if (!brackets && inet_pton(AF_INET, text.c_str(), &endpoint.storage_.v4.sin_addr) == 1) {
    return endpoint.with_port(port);
  }
  endpoint.storage_.v6 = sockaddr_in6{};
  endpoint.storage_.v6.sin6_family = AF_INET6;
  if (inet_pton(AF_INET6, text.c_str(), &endpoint.storage_.v6.sin6_addr) == 1) {
    return endpoint.with_port(port);
  }
  return std::nullopt;
}

std::uint16_t Endpoint::port() const noexcept {
  return ntohs(family() == AF_INET6 ? storage_.v6.sin6_port : storage_.v4.sin_port);
}

Endpoint Endpoint::with_port(std::uint16_t port) const noexcept {
  Endpoint other = *this;
  (family() == AF_INET6 ? other.storage_.v6.sin6_port : other.storage_.v4.sin_port) = htons(port);
  return other;
}

socklen_t Endpoint::size() const noexcept {
  return family() == AF_INET6 ? sizeof storage_.v6 : sizeof storage_.v4;
}

std::string Endpoint::to_string() const {
  char text[INET6_ADDRSTRLEN] = "";
  if (family() == AF_INET6) {
    inet_ntop(AF_INET6, &storage_.v6.sin6_addr, text, sizeof text);
    return "[" + std::string(text) + "]:" + std::to_string(port());
  }
  inet_ntop(AF_INET, &storage_.v4.sin_addr, text, sizeof text);
  return std::string(text) + ":" + std::to_string(port());
}

bool operator==(const Endpoint& left, const Endpoint& right) noexcept {
  if (left.family() != right.family() || left.port() != right.port()) return false;
  if (left.family() == AF_INET6) {
    const sockaddr_in6& a = left.storage_.v6;
    const sockaddr_in6& b = right.storage_.v6;
    return std::equal(std::begin(a.sin6_addr.s6_addr), std::end(a.sin6_addr.s6_addr),
                      std::begin(b.sin6_addr.s6_addr)) &&
           a.sin6_scope_id == b.sin6_scope_id;
  }
  return left.storage_.v4.sin_addr.s_addr == right.storage_.v4.sin_addr.s_addr;
}

}  // namespace common
