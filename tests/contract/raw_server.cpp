#include "raw_server.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <stdexcept>

std::string RawConnection::read_request() const {
  std::string request;
  char byte;
  while (!request.ends_with("\r\n\r\n") && ::read(fd_, &byte, 1) == 1) request += byte;
  const std::string after_get = request.substr(std::min(request.find('/'), request.size()));
  return after_get.substr(0, after_get.find(' '));
}

bool RawConnection::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const auto count = ::sendto(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL, nullptr, 0);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

bool RawConnection::drip(std::string_view bytes, std::chrono::milliseconds pause) const {
  for (const char byte : bytes) {
    pollfd peer{.fd = fd_, .events = POLLRDHUP, .revents = 0};
    if (::poll(&peer, 1, static_cast<int>(pause.count())) != 0) return false;
    if (!send({&byte, 1})) return false;
  }
  return true;
}

void RawConnection::reset_when_closed() const {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

void RawConnection::wait_for_close() const {
  char bytes[4096];
  while (::read(fd_, bytes, sizeof bytes) > 0) continue;
}

void RawConnection::wait_unread() const {
  pollfd peer{.fd = fd_, .events = POLLRDHUP, .revents = 0};
  ::poll(&peer, 1, -1);
}

RawServer::RawServer(Handler handler, Buffers buffers)
    : handler_(std::move(handler)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (buffers == Buffers::small) {
    const int least = 1;  // the kernel makes of it the smallest it can
    ::setsockopt(listener_, SOL_SOCKET, SO_RCVBUF, &least, sizeof least);
  }
  const auto any = *common::Endpoint::parse("127.0.0.1", 0);
  if (::bind(listener_, any.data(), any.size()) != 0 || ::listen(listener_, 128) != 0) {
    throw std::runtime_error("the raw server cannot listen");
  }
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&name), &size);
  address_ = common::Endpoint(reinterpret_cast<sockaddr*>(&name));
  acceptor_ = std::jthread([this] { accept(); });
}

RawServer::~RawServer() {
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  {
    const std::lock_guard lock(mutex_);
    for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
  }
  handlers_.clear();
  ::close(listener_);
}

std::string RawServer::url(const std::string& path) const {
  return "http://" + address_.to_string() + path;
}

void RawServer::accept() {
  sigset_t all;  // signals are for the crawler under test; the handlers' threads inherit this
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
  for (;;) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    const std::lock_guard lock(mutex_);
    const auto place = open_.insert(open_.end(), fd);
    handlers_.emplace_back([this, fd, place] {
      handler_(RawConnection(fd));
      const std::lock_guard lock(mutex_);
      open_.erase(place);
      ::close(fd);
    });
  }
}
