#include "contrary_kernel.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <map>
#include <mutex>
#include <string_view>

namespace {
std::atomic<int> whim = -1;
std::atomic<int> had = 0;
std::atomic<unsigned> calls = 0;

// Who waits edge-triggered is told once that a descriptor is ready, and again only when that is
// news. It is news after a "not now", or after less than was asked for: so each has a descriptor
// announced anew.
struct Watch {
  int epoll_fd;
  epoll_event event;
};
std::mutex mutex;
std::map<int, Watch> watches;  // by descriptor, the last of each

void announce_again(int fd) {
  const std::lock_guard lock(mutex);
  const auto watch = watches.find(fd);
  if (watch == watches.end()) return;
  ::syscall(SYS_epoll_ctl, watch->second.epoll_fd, EPOLL_CTL_MOD, fd, &watch->second.event);
}

// Whether this call is to find that nothing can be sent; if not, at most `count` bytes can be.
bool takes_nothing(int fd, size_t& count) {
  if (whim != ContraryKernel::sends_byte_by_byte) return false;
  ++had;
  announce_again(fd);
  count = std::min<size_t>(count, 1);
  return ++calls % 2 == 0;
}

bool raises_a_false_alarm(int fd) {
  if (whim != ContraryKernel::false_alarms || calls++ % 2 != 0) return false;
  ++had;
  announce_again(fd);
  return true;
}

bool refuses_to_watch(int operation, int fd, const epoll_event* event) {
  if (whim != ContraryKernel::refuses_to_watch || operation != EPOLL_CTL_ADD) return false;
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  const bool for_an_answer = (event->events & EPOLLIN) != 0 &&
                             ::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0;
  return for_an_answer && had++ == 0;
}

ssize_t after_ctrl_c(ssize_t count, const void* bytes) {
  constexpr std::string_view answer = "HTTP/";
  if (whim == ContraryKernel::ctrl_c && count >= static_cast<ssize_t>(answer.size()) &&
      std::memcmp(bytes, answer.data(), answer.size()) == 0 && had++ == 0) {
    std::raise(SIGINT);
  }
  return count;
}

ssize_t not_now() {
  errno = EAGAIN;
  return -1;
}
}  // namespace

ContraryKernel::ContraryKernel(Whim wanted) {
  had = 0;
  calls = 0;
  whim = wanted;
}
ContraryKernel::~ContraryKernel() { whim = -1; }
int ContraryKernel::count() { return had; }

extern "C" {

int epoll_ctl(int epoll_fd, int operation, int fd, epoll_event* event) noexcept {
  if (refuses_to_watch(operation, fd, event)) {
    errno = ENOSPC;
    return -1;
  }
  if (operation == EPOLL_CTL_ADD || operation == EPOLL_CTL_MOD) {
    const std::lock_guard lock(mutex);
    watches[fd] = {.epoll_fd = epoll_fd, .event = *event};
  }
  return static_cast<int>(::syscall(SYS_epoll_ctl, epoll_fd, operation, fd, event));
}

int connect(int fd, const sockaddr* address, socklen_t size) {
  if (whim == ContraryKernel::small_buffers) {
    const int least = 1;  // the kernel makes of it the smallest it can
    ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &least, sizeof least);
    ++had;
  }
  const int flags = ::fcntl(fd, F_GETFL);
  const bool at_once = whim == ContraryKernel::connects_at_once && (flags & O_NONBLOCK) != 0;
  if (at_once) ::fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
  const auto result = static_cast<int>(::syscall(SYS_connect, fd, address, size));
  if (at_once) {
    const int error = errno;
    ::fcntl(fd, F_SETFL, flags);
    errno = error;
    ++had;
  }
  return result;
}

ssize_t send(int fd, const void* bytes, size_t count, int flags) {
  if (takes_nothing(fd, count)) return not_now();
  return ::syscall(SYS_sendto, fd, bytes, count, flags, nullptr, 0);
}

ssize_t recv(int fd, void* bytes, size_t count, int flags) {
  if (raises_a_false_alarm(fd)) return not_now();
  return after_ctrl_c(::syscall(SYS_recvfrom, fd, bytes, count, flags, nullptr, nullptr), bytes);
}

// Asio's way to send and receive; one piece at a time is enough.
ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  iovec piece = message->msg_iov[0];
  if (takes_nothing(fd, piece.iov_len)) return not_now();
  msghdr shorter = *message;
  shorter.msg_iov = &piece;
  shorter.msg_iovlen = 1;
  return ::syscall(SYS_sendmsg, fd, &shorter, flags);
}

ssize_t recvmsg(int fd, msghdr* message, int flags) {
  if (raises_a_false_alarm(fd)) return not_now();
  return after_ctrl_c(::syscall(SYS_recvmsg, fd, message, flags), message->msg_iov[0].iov_base);
}

int getaddrinfo(const char* host, const char* port, const addrinfo* hints, addrinfo** list) {
  const auto look_up = reinterpret_cast<decltype(&getaddrinfo)>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  if (whim == ContraryKernel::slow_name_server && had++ == 0) return EAI_AGAIN;
  if (whim != ContraryKernel::two_addresses) return look_up(host, port, hints, list);
  ++had;
  const int error = look_up("127.0.0.2", port, hints, list);
  // freeaddrinfo takes back one by one what such a list is made of.
  return error != 0 ? error : look_up("127.0.0.1", port, hints, &(*list)->ai_next);
}

}  // extern "C"
