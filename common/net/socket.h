// A TCP socket that closes itself: what every stage reads from and writes to, however it waits.
#pragma once

#include <cstddef>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "common/net/endpoint.h"
#include "common/net/timing.h"

namespace common {

/// Owns one descriptor. It is non-blocking when made, as `socket.setblocking(False)` leaves it in
/// the article.
///
/// Each operation comes in two forms: one throws `std::system_error`, one (for callbacks, where
/// nobody is there to catch) reports through `error` and clears it on success. "Not now" (nothing
/// to read, no room to write, a signal came) is no error: the result says so, and the caller waits
/// in its own way and calls again.
class Socket {
 public:
  /// How much one `recv` asks for, as in the article.
  static constexpr std::size_t chunk_size = 4096;

  /// A closed socket: a place for an open one to be moved to.
  Socket() = default;

  /// Opens a TCP socket for `family` (AF_INET or AF_INET6). `timing`, if there is one, gets the
  /// time of each step and must outlive the socket.
  explicit Socket(int family, Timing* timing = nullptr,
                  std::source_location by = std::source_location::current());
  Socket(int family, Timing* timing, std::error_code& error,
         std::source_location by = std::source_location::current()) noexcept;

  Socket(Socket&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)),
        blocking_(other.blocking_),
        timing_(std::exchange(other.timing_, nullptr)) {}
  Socket& operator=(Socket&& other) noexcept;
  ~Socket() { close(); }

  /// The descriptor, -1 when closed.
  int fd() const noexcept { return fd_; }

  /// Starts to connect, or goes on with it. True: connected. False: not yet. A non-blocking socket
  /// is writable once the kernel knows more, and `finish_connect` then tells what; a blocking one
  /// was interrupted or reached its timeout.
  bool connect(const Endpoint& address, std::source_location by = std::source_location::current());
  bool connect(const Endpoint& address, std::error_code& error,
               std::source_location by = std::source_location::current()) noexcept;

  /// What became of the connection, once the socket is writable (SO_ERROR): returns if it stands,
  /// else raises why not. May be asked again.
  void finish_connect(std::source_location by = std::source_location::current());
  void finish_connect(std::error_code& error,
                      std::source_location by = std::source_location::current()) noexcept;

  /// Hands bytes to the kernel and returns how many it took, which may be fewer, or 0 for none now.
  /// Never raises SIGPIPE.
  std::size_t send(std::string_view bytes,
                   std::source_location by = std::source_location::current());
  std::size_t send(std::string_view bytes, std::error_code& error,
                   std::source_location by = std::source_location::current()) noexcept;

  /// Takes what has arrived, `chunk_size` bytes at most. Empty: the end of the stream. Nothing: no
  /// bytes now.
  std::optional<std::string> recv(std::source_location by = std::source_location::current());
  std::optional<std::string> recv(
      std::error_code& error, std::source_location by = std::source_location::current()) noexcept;

  /// The same into the caller's buffer, which must have room. 0: the end of the stream.
  std::optional<std::size_t> recv_into(std::span<char> buffer,
                                       std::source_location by = std::source_location::current());
  std::optional<std::size_t> recv_into(
      std::span<char> buffer, std::error_code& error,
      std::source_location by = std::source_location::current()) noexcept;

  /// A blocking socket makes its thread wait inside `connect`, `send` and `recv`. Costs nothing if
  /// it is so already. Throws `std::system_error`.
  void set_blocking(bool blocking);

  /// How long each of those calls may block (SO_SNDTIMEO and SO_RCVTIMEO). A time that is up
  /// already is taken as the shortest there is. Throws `std::system_error`.
  void set_timeout(Duration timeout);

  /// Whether to give up, as `Timing` says: never without one.
  bool too_late() const { return timing_ && timing_->too_late(); }

  /// The deadline in force for this connection, `TimePoint::max()` without a `Timing`.
  TimePoint deadline() const noexcept {
    return timing_ ? timing_->current_deadline() : TimePoint::max();
  }

  /// Closes the descriptor, if it is open.
  void close() noexcept;

 private:
  void moved() const noexcept {
    if (timing_) timing_->last_chance = false;
  }
  void tell(const trace::Event& event, const auto&... words) const {
    if (timing_) trace::line_in(timing_->trace, event, "fd ", fd_, " ", words...);
  }

  int fd_ = -1;
  bool blocking_ = false;
  Timing* timing_ = nullptr;
};

/// The error of a deadline that passed, the same from every stage: `std::errc::timed_out`.
std::error_code timed_out() noexcept;

}  // namespace common
