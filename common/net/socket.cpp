#include "common/net/socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <new>

#include "common/net/platform.h"

namespace common {
namespace {

std::error_code last_error() noexcept { return {errno, std::system_category()}; }

/// "Not now", as `send` and `recv` say it: nothing there, the timeout of a blocking socket passed,
/// or a signal came.
bool not_now() noexcept { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

void throw_if(const std::error_code& error, const char* call) {
  if (error) throw std::system_error(error, call);
}

}  // namespace

Socket::Socket(int family, Timing* timing, std::source_location by) {
  std::error_code error;
  *this = Socket(family, timing, error, by);
  throw_if(error, "socket");
}

Socket::Socket(int family, Timing* timing, std::error_code& error, std::source_location by) noexcept
    : fd_(open_tcp_socket(family)), timing_(timing) {
  error = fd_ < 0 ? last_error() : std::error_code();
  if (timing_) {
    trace::record_in(
        timing_->trace,
        {"socket", {{"fd", fd_}, {"op", "open"}, {"result", error ? "failed" : "done"}}, &by});
  }
}

Socket& Socket::operator=(Socket&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = std::exchange(other.fd_, -1);
    blocking_ = other.blocking_;
    timing_ = std::exchange(other.timing_, nullptr);
  }
  return *this;
}

bool Socket::connect(const Endpoint& address, std::source_location by) {
  std::error_code error;
  const bool connected = connect(address, error, by);
  if (error) throw std::system_error(error, "connect to " + address.to_string());
  return connected;
}

bool Socket::connect(const Endpoint& address, std::error_code& error,
                     std::source_location by) noexcept {
  error.clear();
  if (timing_ && timing_->connecting == TimePoint{}) {
    timing_->connecting = Clock::now();
    moved();
  }
  tell_if_it_blocks("connect", by);
  // EISCONN: the connection that an earlier call began has been made meanwhile.
  if (::connect(fd_, address.data(), address.size()) == 0 || errno == EISCONN) {
    if (timing_) timing_->connected = Clock::now();
    moved();
    tell({"socket", {{"fd", fd_}, {"op", "connect"}, {"result", "done"}}, &by}, "connect: done");
    return true;
  }
  // In these cases the kernel continues connecting: the socket is non-blocking, a blocking one's
  // timeout passed, `connect` was called again, or a signal came. EAGAIN isn't one of them. For TCP
  // it means that the kernel ran out of a resource.
  const bool in_progress = errno == EINPROGRESS || errno == EALREADY || errno == EINTR;
  if (!in_progress) error = last_error();
  tell({"socket",
        {{"fd", fd_}, {"op", "connect"}, {"result", in_progress ? "not yet" : "failed"}},
        &by},
       "connect: ", in_progress ? "not yet" : "failed");
  return false;
}

void Socket::finish_connect(std::source_location by) {
  std::error_code error;
  finish_connect(error, by);
  throw_if(error, "connect");
}

void Socket::finish_connect(std::error_code& error, std::source_location by) noexcept {
  error.clear();
  int reason = 0;
  socklen_t size = sizeof reason;
  if (::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &reason, &size) != 0) {
    error = last_error();
  } else if (reason != 0) {
    error.assign(reason, std::system_category());
  } else if (timing_ && timing_->connected == TimePoint{}) {
    timing_->connected = Clock::now();
    moved();
  }
  tell({"socket",
        {{"fd", fd_}, {"op", "finish_connect"}, {"result", error ? "failed" : "done"}},
        &by},
       error ? "not connected" : "connected");
}

std::size_t Socket::send(std::string_view bytes, std::source_location by) {
  std::error_code error;
  const std::size_t taken = send(bytes, error, by);
  throw_if(error, "send");
  return taken;
}

std::size_t Socket::send(std::string_view bytes, std::error_code& error,
                         std::source_location by) noexcept {
  error.clear();
  tell_if_it_blocks("send", by);
  const ssize_t taken = send_without_sigpipe(fd_, bytes);
  if (taken < 0) {
    if (!not_now()) error = last_error();
    tell({"socket", {{"fd", fd_}, {"op", "send"}, {"result", error ? "failed" : "not yet"}}, &by},
         "send: ", error ? "failed" : "no room now");
    return 0;
  }
  tell({"socket", {{"fd", fd_}, {"op", "send"}, {"result", "done"}, {"bytes", taken}}, &by},
       "send: ", taken, " bytes");
  moved();
  if (timing_ && taken > 0) {
    timing_->sent = Clock::now();
    // A caller that did not wait for the connection learns here that it has been made.
    if (timing_->connected == TimePoint{}) timing_->connected = timing_->sent;
  }
  return static_cast<std::size_t>(taken);
}

std::optional<std::string> Socket::recv(std::source_location by) {
  std::error_code error;
  std::optional<std::string> chunk = recv(error, by);
  throw_if(error, "recv");
  return chunk;
}

std::optional<std::string> Socket::recv(std::error_code& error, std::source_location by) noexcept {
  char buffer[chunk_size];
  const std::optional<std::size_t> count = recv_into(buffer, error, by);
  if (!count) return std::nullopt;
  try {
    return std::string(buffer, *count);
  } catch (const std::bad_alloc&) {
    error = std::make_error_code(std::errc::not_enough_memory);
    return std::nullopt;
  }
}

std::optional<std::size_t> Socket::recv_into(std::span<char> buffer, std::source_location by) {
  std::error_code error;
  const std::optional<std::size_t> count = recv_into(buffer, error, by);
  throw_if(error, "recv");
  return count;
}

std::optional<std::size_t> Socket::recv_into(std::span<char> buffer, std::error_code& error,
                                             std::source_location by) noexcept {
  error.clear();
  tell_if_it_blocks("recv", by);
  const ssize_t count = ::recv(fd_, buffer.data(), buffer.size(), 0);
  if (count < 0) {
    if (!not_now()) error = last_error();
    tell({"socket", {{"fd", fd_}, {"op", "recv"}, {"result", error ? "failed" : "not yet"}}, &by},
         "recv: ", error ? "failed" : "nothing now");
    return std::nullopt;
  }
  tell({"socket", {{"fd", fd_}, {"op", "recv"}, {"result", "done"}, {"bytes", count}}, &by},
       "recv: ", count, " bytes");
  moved();
  if (timing_ && count > 0 && timing_->first_byte == TimePoint{}) {
    timing_->first_byte = Clock::now();
  }
  return static_cast<std::size_t>(count);
}

void Socket::set_blocking(bool blocking) {
  if (blocking == blocking_) return;
  const int flags = ::fcntl(fd_, F_GETFL);
  if (flags < 0) throw std::system_error(last_error(), "fcntl F_GETFL");
  const int wanted = blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK;
  if (::fcntl(fd_, F_SETFL, wanted) < 0) throw std::system_error(last_error(), "fcntl F_SETFL");
  blocking_ = blocking;
}

void Socket::set_timeout(Duration timeout) {
  using std::chrono::microseconds;
  using std::chrono::seconds;
  // To the kernel zero means for ever, which is not what a caller with no time left means.
  const microseconds rest =
      std::max(std::chrono::duration_cast<microseconds>(timeout), microseconds(1));
  timeval value{};
  value.tv_sec = std::chrono::duration_cast<seconds>(rest).count();
  value.tv_usec = (rest % seconds(1)).count();
  for (const int option : {SO_SNDTIMEO, SO_RCVTIMEO}) {
    if (::setsockopt(fd_, SOL_SOCKET, option, &value, sizeof value) != 0) {
      throw std::system_error(last_error(), "setsockopt SO_SNDTIMEO and SO_RCVTIMEO");
    }
  }
}

void Socket::close() noexcept {
  // Never twice, not even after EINTR: another socket may have the number by then.
  if (fd_ < 0) return;
  tell({"socket", {{"fd", fd_}, {"op", "close"}, {"result", "done"}}}, "close");
  ::close(std::exchange(fd_, -1));
}

std::error_code timed_out() noexcept { return std::make_error_code(std::errc::timed_out); }

}  // namespace common
