// A server that says, byte for byte, what a test wants a crawler to hear.
#pragma once

#include <sys/socket.h>

#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "common/net/endpoint.h"

/// One connection, as the server sees it.
class RawConnection {
 public:
  explicit RawConnection(int fd) : fd_(fd) {}

  /// Reads up to the empty line that ends a request, or the end of the stream. What it asks for:
  /// "/path?query".
  std::string read_request() const;
  /// Sends all of `bytes`. False if the peer is gone.
  bool send(std::string_view bytes) const;
  /// Sends `bytes` one by one, each after `pause`. False if the peer is gone.
  bool drip(std::string_view bytes, std::chrono::milliseconds pause) const;
  /// No more bytes will come; the other direction stays open.
  void half_close() const { ::shutdown(fd_, SHUT_WR); }
  /// Closing will send a reset.
  void reset_when_closed() const;
  /// Reads until the peer closes.
  void wait_for_close() const;
  /// Reads nothing until the peer closes.
  void wait_unread() const;

 private:
  const int fd_;
};

/// Listens on 127.0.0.1 and gives each connection to `handler`, in a thread of its own; closes it
/// when the handler returns. When destroyed, shuts all connections down and waits for their
/// handlers.
class RawServer {
 public:
  using Handler = std::function<void(const RawConnection&)>;
  enum class Buffers { normal, small };  ///< How much the kernel takes in before the server reads.
  explicit RawServer(Handler handler, Buffers buffers = Buffers::normal);
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;
  ~RawServer();

  std::string url(const std::string& path = "/") const;
  std::uint16_t port() const { return address_.port(); }

 private:
  void accept();

  const Handler handler_;
  const int listener_;
  common::Endpoint address_;
  std::mutex mutex_;
  std::list<int> open_;
  std::list<std::jthread> handlers_;
  std::jthread acceptor_;
};
