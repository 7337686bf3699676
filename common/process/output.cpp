#include "common/process/output.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>

#include "common/process/printable.h"

namespace common {
namespace {

/// False if `text` could not be written to its end; errno tells why.
bool write_all(int fd, std::string_view text, bool patient) noexcept {
  while (!text.empty()) {
    const auto count = ::write(fd, text.data(), text.size());
    if (count >= 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN && patient) {  // a process that shares it made it non-blocking
      pollfd ready{.fd = fd, .events = POLLOUT, .revents = 0};
      (void)::poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

}  // namespace

void say(std::string_view lines) noexcept {
  try {
    std::string text;
    while (!lines.empty()) {
      const std::string_view line = lines.substr(0, lines.find('\n'));
      text += printable(line);
      lines.remove_prefix(line.size());
      if (lines.empty()) break;
      text += '\n';
      lines.remove_prefix(1);
    }
    say_unchanged(text);
  } catch (const std::bad_alloc&) {
    // The next one may have more luck.
  }
}

void say_unchanged(std::string_view text) noexcept {
  const int saved_errno = errno;
  // In one call, so that the lines of several threads do not mix.
  (void)write_all(STDERR_FILENO, text, false);
  errno = saved_errno;
}

void write_out(std::string_view text, const char* what) {
  const bool flushed = std::fflush(stdout) == 0;  // what others wrote before
  if (flushed && write_all(STDOUT_FILENO, text, true)) return;
  throw std::system_error(errno, std::generic_category(),
                          std::string(what) + " could not be written");
}

int exit_status_of(std::ostream& out) noexcept {
  errno = 0;
  if (out.flush()) return 0;
  say("the output could not be written\n");
  return 1;
}

}  // namespace common
