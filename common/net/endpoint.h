// A numeric address and a port: where a socket connects to. Names are looked up by the Resolver.
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace common {

/// An IPv4 or IPv6 address with a port. A plain value, cheap to copy.
class Endpoint {
 public:
  /// 0.0.0.0 port 0: nowhere yet.
  Endpoint();

  /// Copies what the kernel or `getaddrinfo` handed out. `address` is an AF_INET or AF_INET6
  /// address, whole; throws `std::invalid_argument` for any other.
  explicit Endpoint(const sockaddr* address);

  /// Reads "127.0.0.1" or "::1" (with or without brackets). Nothing if `address` is not numeric.
  static std::optional<Endpoint> parse(std::string_view address, std::uint16_t port);

  /// AF_INET or AF_INET6.
  int family() const noexcept { return storage_.any.sa_family; }
  std::uint16_t port() const noexcept;
  /// The same address with another port.
  Endpoint with_port(std::uint16_t port) const noexcept;

  /// For the calls of the kernel: points into this object.
  const sockaddr* data() const noexcept { return &storage_.any; }
  socklen_t size() const noexcept;

  /// "127.0.0.1:8080" or "[::1]:8080".
  std::string to_string() const;

  friend bool operator==(const Endpoint& left, const Endpoint& right) noexcept;

 private:
  union {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
  } storage_;
};

}  // namespace common
