// Hides what Linux and the other POSIX systems, macOS among them, do differently. No other code in
// the tutorial asks which system it runs on, except for epoll itself.
#pragma once

#include <sys/types.h>

#include <array>
#include <filesystem>
#include <string_view>

#if defined(__linux__) && !defined(TUTORIAL_PORTABLE)
/// Is 1 on Linux. Defining TUTORIAL_PORTABLE makes it 0 there, too, to test the portable code.
#  define TUTORIAL_LINUX 1
#else
/// Is 0 where the code may rely on nothing but POSIX.
#  define TUTORIAL_LINUX 0
#endif

namespace common {

/// Opens a TCP socket for `family`, non-blocking and closed in every program that is started.
/// Returns -1 and sets `errno` on failure.
int open_tcp_socket(int family) noexcept;

/// Sends as `send` does, but never raises SIGPIPE. On macOS that is true of the sockets of
/// `open_tcp_socket` only.
ssize_t send_without_sigpipe(int fd, std::string_view bytes) noexcept;

/// Opens a pipe and stores its reading end and its writing end, both closed in every program that
/// is started. Returns false and sets `errno` on failure. Except on Linux, a program started by
/// another thread at this very moment may inherit them.
bool open_pipe(std::array<int, 2>& ends) noexcept;

/// Returns the path of the running program. Throws `std::system_error`.
std::filesystem::path program_path();

/// Ends this process, a child of `parent`, once the parent has ended: at any time on Linux,
/// elsewhere only if it has ended before this call.
void end_with_parent(pid_t parent) noexcept;

}  // namespace common
