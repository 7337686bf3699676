// What Linux and the other POSIX systems, macOS among them, do differently. Nothing else in the
// tutorial asks which system it is on, except for epoll itself.
#pragma once

#include <sys/types.h>

#include <array>
#include <filesystem>
#include <string_view>

#if defined(__linux__) && !defined(TUTORIAL_PORTABLE)
/// 1 on Linux, unless TUTORIAL_PORTABLE is defined, which gives Linux what other systems get.
#  define TUTORIAL_LINUX 1
#else
/// 0: nothing but POSIX.
#  define TUTORIAL_LINUX 0
#endif

namespace common {

/// Opens a TCP socket for `family`, non-blocking and closed in every program that is started.
/// Returns -1 and sets `errno` if it can't.
int open_tcp_socket(int family) noexcept;

/// Sends as `send` does, but never raises SIGPIPE. On macOS that is true of the sockets of
/// `open_tcp_socket` only.
ssize_t send_without_sigpipe(int fd, std::string_view bytes) noexcept;

/// Opens a pipe and stores its reading end and its writing end, both closed in every program that
/// is started. Returns false and sets `errno` if it can't. Except on Linux, a program started by
/// another thread at this very moment may inherit them.
bool open_pipe(std::array<int, 2>& ends) noexcept;

/// Returns the path of the running program. Throws `std::system_error`.
std::filesystem::path program_path();

/// Ends this process, a child of `parent`, once the parent has ended: at any time on Linux,
/// elsewhere only if it has ended before this call.
void end_with_parent(pid_t parent) noexcept;

}  // namespace common
