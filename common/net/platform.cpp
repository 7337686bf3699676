#include "common/net/platform.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <system_error>
#if TUTORIAL_LINUX
#  include <sys/prctl.h>
#endif
#ifdef __APPLE__
#  include <mach-o/dyld.h>
#endif

namespace common {
namespace {

#if !TUTORIAL_LINUX
/// Closes `fd`, which can't be set up, and keeps the reason in `errno`.
void give_up(int fd) noexcept {
  const int reason = errno;
  ::close(fd);
  errno = reason;
}
#endif

#ifdef MSG_NOSIGNAL
constexpr int no_sigpipe = MSG_NOSIGNAL;
#else
constexpr int no_sigpipe = 0;
#endif

}  // namespace

int open_tcp_socket(int family) noexcept {
#if TUTORIAL_LINUX
  return ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
#else
  const int fd = ::socket(family, SOCK_STREAM, IPPROTO_TCP);
  if (fd < 0) return -1;
  bool ready = ::fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && ::fcntl(fd, F_SETFL, O_NONBLOCK) == 0;
#  ifdef SO_NOSIGPIPE
  const int on = 1;
  ready = ready && ::setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on) == 0;
#  endif
  if (ready) return fd;
  give_up(fd);
  return -1;
#endif
}

ssize_t send_without_sigpipe(int fd, std::string_view bytes) noexcept {
  return ::send(fd, bytes.data(), bytes.size(), no_sigpipe);
}

bool open_pipe(std::array<int, 2>& ends) noexcept {
#if TUTORIAL_LINUX
  return ::pipe2(ends.data(), O_CLOEXEC) == 0;
#else
  if (::pipe(ends.data()) != 0) return false;
  if (::fcntl(ends[0], F_SETFD, FD_CLOEXEC) == 0 && ::fcntl(ends[1], F_SETFD, FD_CLOEXEC) == 0) {
    return true;
  }
  for (const int end : ends) give_up(end);
  return false;
#endif
}

std::filesystem::path program_path() {
#ifdef __APPLE__
  std::uint32_t size = 0;
  ::_NSGetExecutablePath(nullptr, &size);  // fails, and returns the size it needs
  std::string path(size, '\0');
  if (::_NSGetExecutablePath(path.data(), &size) != 0) {
    throw std::system_error(ENAMETOOLONG, std::generic_category(), "_NSGetExecutablePath");
  }
  return std::filesystem::canonical(path.c_str());
#else
  return std::filesystem::read_symlink("/proc/self/exe");
#endif
}

void end_with_parent(pid_t parent) noexcept {
#if TUTORIAL_LINUX
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
  if (::getppid() != parent) ::_exit(1);
}

}  // namespace common
