// Wraps a TCP socket that closes itself. Every stage reads from it and writes to it, however the
// stage waits.
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

/// Owns one TCP descriptor and closes it in its destructor. The socket is non-blocking when it is
/// made, as `socket.setblocking(False)` leaves it in the article, so no call waits: it does what is
/// possible now and returns.
///
/// ```cpp
/// Socket sock(address.family());
/// if (!sock.connect(address)) {
///   // wait in your own way until sock.fd() is writable
///   sock.finish_connect();  // throws if the peer refused
/// }
/// request.remove_prefix(sock.send(request));  // the rest when the socket is writable again
/// const std::optional<std::string> chunk = sock.recv();
/// if (!chunk) std::puts("nothing yet: wait until sock.fd() is readable");
/// else if (chunk->empty()) std::puts("the peer has closed the stream");
/// ```
///
/// Each operation comes in two forms. One throws `std::system_error`. The other is for callbacks,
/// which have no caller that could catch an exception: it reports an error through `error`, and
/// clears `error` on success. "Not now" is not an error. If there is nothing to read or no room to
/// write, or if a signal interrupts the call, the result says so, and the caller waits and calls
/// again.
///
/// Unregister the descriptor from every loop before the Socket is closed or destroyed. Using a
/// closed Socket is an error of the system (EBADF), not undefined behaviour. Not thread-safe.
class Socket {
 public:
  /// Says how many bytes one `recv` asks for, as in the article.
  static constexpr std::size_t chunk_size = 4096;

  /// Makes a closed Socket, into which an open one can be moved later.
  Socket() = default;

  /// Opens a TCP socket for `family` (AF_INET or AF_INET6). If there is a `timing`, the Socket
  /// writes the time of each step into it, and `timing` must outlive the Socket.
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

  /// Returns the descriptor, or -1 if the Socket is closed. The Socket keeps it: do not close it.
  int fd() const noexcept { return fd_; }

  /// Starts to connect, or goes on with it. Returns true if the connection is made, false if that
  /// takes longer. A non-blocking socket becomes writable when the kernel knows the outcome, and
  /// `finish_connect` then reports it. A blocking one returns false if a signal interrupted it or
  /// its timeout passed; call `connect` again.
  bool connect(const Endpoint& address, std::source_location by = std::source_location::current());
  bool connect(const Endpoint& address, std::error_code& error,
               std::source_location by = std::source_location::current()) noexcept;

  /// Reports the outcome of `connect` (SO_ERROR): returns if the connection is made, and throws
  /// why not otherwise. Call it when the socket is writable, not earlier: while the kernel is still
  /// connecting there is no error yet, and that looks like success.
  void finish_connect(std::source_location by = std::source_location::current());
  void finish_connect(std::error_code& error,
                      std::source_location by = std::source_location::current()) noexcept;

  /// Hands bytes to the kernel and returns how many it took, which may be fewer than `bytes` has.
  /// 0 means that there is no room now: wait until the socket is writable. If the peer is gone,
  /// that is an error, never a SIGPIPE.
  std::size_t send(std::string_view bytes,
                   std::source_location by = std::source_location::current());
  std::size_t send(std::string_view bytes, std::error_code& error,
                   std::source_location by = std::source_location::current()) noexcept;

  /// Returns what has arrived, `chunk_size` bytes at most. An empty string is the end of the
  /// stream. `nullopt` means that there are no bytes now: wait until the socket is readable.
  std::optional<std::string> recv(std::source_location by = std::source_location::current());
  std::optional<std::string> recv(
      std::error_code& error, std::source_location by = std::source_location::current()) noexcept;

  /// Does the same as `recv`, but into the caller's buffer, and returns how many bytes it put
  /// there. 0 is the end of the stream, so the buffer must not be empty.
  std::optional<std::size_t> recv_into(std::span<char> buffer,
                                       std::source_location by = std::source_location::current());
  std::optional<std::size_t> recv_into(
      std::span<char> buffer, std::error_code& error,
      std::source_location by = std::source_location::current()) noexcept;

  /// Makes the socket blocking, so that its thread waits inside `connect`, `send` and `recv`, or
  /// non-blocking again. Makes no system call if nothing changes. Throws `std::system_error`.
  void set_blocking(bool blocking);

  /// Limits how long each of those calls may block (SO_SNDTIMEO and SO_RCVTIMEO). Zero or less
  /// becomes the shortest time that the kernel knows, because zero would mean forever there. Throws
  /// `std::system_error`.
  void set_timeout(Duration timeout);

  /// Returns whether to give up, as `Timing::too_late` decides. Always false without a `Timing`.
  bool too_late() const { return timing_ && timing_->too_late(); }

  /// Returns the deadline in force for this connection, `TimePoint::max()` without a `Timing`.
  TimePoint deadline() const noexcept {
    return timing_ ? timing_->current_deadline() : TimePoint::max();
  }

  /// Closes the descriptor, if it is open.
  void close() noexcept;

 private:
  void moved() const noexcept {
    if (timing_) timing_->last_chance = false;
  }
  /// The thread may be inside of the call that comes now for as long as a wait lasts: recorded.
  void tell_if_it_blocks(const char* call, const std::source_location& by) const {
    if (blocking_ && timing_)
      trace::record_in(timing_->trace, {"blocks", {{"fd", fd_}, {"op", call}}, &by});
  }
  void tell(const trace::Event& event, const auto&... words) const {
    if (timing_) trace::line_in(timing_->trace, event, "fd ", fd_, " ", words...);
  }

  int fd_ = -1;
  bool blocking_ = false;
  Timing* timing_ = nullptr;
};

/// Returns the error of a deadline that passed, `std::errc::timed_out`: the same in every stage.
std::error_code timed_out() noexcept;

}  // namespace common
