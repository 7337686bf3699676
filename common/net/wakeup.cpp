#include "common/net/wakeup.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "common/net/platform.h"

namespace common {

// A signal handler may not take a lock.
static_assert(std::atomic<bool>::is_always_lock_free);

// While `notified_` is set there is one byte in the pipe, or it is about to be written; else there
// is none. So neither end ever waits for longer than that write takes.

Wakeup::Wakeup() {
  std::array<int, 2> ends;
  if (!open_pipe(ends)) throw std::system_error(errno, std::system_category(), "pipe");
  read_fd_ = ends[0];
  write_fd_ = ends[1];
}

Wakeup::~Wakeup() {
  ::close(read_fd_);
  ::close(write_fd_);
}

void Wakeup::notify() noexcept {
  if (notified_.exchange(true)) return;
  const int saved = errno;  // what a signal handler interrupts may be about to look at it
  while (::write(write_fd_, "!", 1) < 0 && errno == EINTR) {
  }
  errno = saved;
}

bool Wakeup::clear() noexcept {
  if (!notified_.load()) return false;
  char byte;
  while (::read(read_fd_, &byte, 1) < 0 && errno == EINTR) {
  }
  // Cleared after the read, so that there is never a second byte. A `notify` in between writes none
  // and needs none, because this call returns true.
  notified_.exchange(false);
  return true;
}

}  // namespace common
