#include "contrary_kernel.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>

namespace {
std::atomic<int> whim = -1;
std::atomic<int> had = 0;
std::atomic<unsigned> calls = 0;
}  // namespace

ContraryKernel::ContraryKernel(Whim wanted) {
  had = 0;
  calls = 0;
  whim = wanted;
}
ContraryKernel::~ContraryKernel() { whim = -1; }
int ContraryKernel::count() { return had; }

extern "C" {

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
  if (whim == ContraryKernel::sends_byte_by_byte) {
    ++had;
    if (++calls % 2 == 0) {
      errno = EAGAIN;
      return -1;
    }
    count = std::min<size_t>(count, 1);
  }
  return ::syscall(SYS_sendto, fd, bytes, count, flags, nullptr, 0);
}

ssize_t recv(int fd, void* bytes, size_t count, int flags) {
  if (whim == ContraryKernel::false_alarms && calls++ % 2 == 0) {
    ++had;
    errno = EAGAIN;
    return -1;
  }
  return ::syscall(SYS_recvfrom, fd, bytes, count, flags, nullptr, nullptr);
}

}  // extern "C"
