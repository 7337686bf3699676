// Holds a numeric address and a port: where a socket connects to. The Resolver turns names into
// them.
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace common {

/// Holds an IPv4 or IPv6 address and a port. It is a plain value and cheap to copy.
///
/// ```cpp
/// const std::optional<Endpoint> local = Endpoint::parse("127.0.0.1", 8080);
/// if (local) std::puts(local->to_string().c_str());  // 127.0.0.1:8080
/// ```
class Endpoint {
 public:
  /// Makes 0.0.0.0 port 0, which stands for nowhere yet.
  Endpoint();

  /// Copies an address that the kernel or `getaddrinfo` returned. `address` points to a whole
  /// AF_INET or AF_INET6 address; throws `std::invalid_argument` for any other family.
  explicit Endpoint(const sockaddr* address);

  /// Reads "127.0.0.1" or "::1" (with or without brackets). Returns nothing if `address` is not
  /// numeric: it never looks a name up.
  static std::optional<Endpoint> parse(std::string_view address, std::uint16_t port);

  /// Returns AF_INET or AF_INET6.
  int family() const noexcept { return storage_.any.sa_family; }
  std::uint16_t port() const noexcept;
  /// Returns the same address with another port.
  Endpoint with_port(std::uint16_t port) const noexcept;

  /// Points to the address inside this object, for calls to the kernel.
  const sockaddr* data() const noexcept { return &storage_.any; }
  socklen_t size() const noexcept;

  /// Returns "127.0.0.1:8080" or "[::1]:8080".
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
