// A port that says nothing.
#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <string>

#include "common/net/endpoint.h"

/// A port that is taken, so that nobody else can have it, and never answers.
class SilentPort {
 public:
  enum Manner {
    refuses,  ///< Nobody listens: a connection is refused.
    drops,    ///< The queue of those who wait is full: the kernel drops what else knocks.
  };

  explicit SilentPort(Manner manner, const std::string& address = "127.0.0.1",
                      std::uint16_t port = 0)
      : fd_(open(0)) {
    const auto wanted = *common::Endpoint::parse(address, port);
    if (::bind(fd_, wanted.data(), wanted.size()) != 0) {
      throw std::runtime_error(wanted.to_string() + " is taken");
    }
    sockaddr_storage name{};
    socklen_t size = sizeof name;
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&name), &size);
    address_ = common::Endpoint(reinterpret_cast<sockaddr*>(&name));
    if (manner == refuses) return;
    ::listen(fd_, 0);
    for (int& filler : fillers_) {
      filler = open(SOCK_NONBLOCK);
      ::connect(filler, address_.data(), address_.size());
    }
  }
  SilentPort(const SilentPort&) = delete;
  SilentPort& operator=(const SilentPort&) = delete;
  ~SilentPort() {
    ::close(fd_);
    for (const int filler : fillers_) {
      if (filler >= 0) ::close(filler);
    }
  }

  std::string url() const { return "http://" + address_.to_string() + "/"; }

 private:
  static int open(int flags) { return ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0); }

  const int fd_;
  common::Endpoint address_;
  int fillers_[4] = {-1, -1, -1, -1};
};
