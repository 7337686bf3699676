// The other end of a connection, for tests: plain sockets on loopback, with nothing clever between.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "common/net/endpoint.h"

namespace common::testing {

/// A descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() { close(); }
  int get() const { return fd_; }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 private:
  int fd_;
};

inline int check(int result, const char* call) {
  if (result < 0) throw std::system_error(errno, std::system_category(), call);
  return result;
}

/// A free port of 127.0.0.1 or ::1, which answers once `listen` was called and refuses before.
class Listener {
 public:
  explicit Listener(const std::string& address = "127.0.0.1")
      : Listener(Endpoint::parse(address, 0).value()) {}

  void listen(int backlog = 16) { check(::listen(fd_.get(), backlog), "listen"); }
  const Endpoint& endpoint() const { return endpoint_; }
  int fd() const { return fd_.get(); }
  Descriptor accept() { return Descriptor(check(::accept(fd_.get(), nullptr, nullptr), "accept")); }

 private:
  explicit Listener(const Endpoint& any_port)
      : fd_(check(::socket(any_port.family(), SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")) {
    check(::bind(fd_.get(), any_port.data(), any_port.size()), "bind");
    sockaddr_storage bound{};
    socklen_t size = sizeof bound;
    check(::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&bound), &size), "getsockname");
    endpoint_ = Endpoint(reinterpret_cast<sockaddr*>(&bound));
  }

  Descriptor fd_;
  Endpoint endpoint_;
};

}  // namespace common::testing
