// The crawler of stage 2 on a kernel whose first report is a false alarm: this `recv` stands in for
// the C library's.
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "common/crawl/crawler_main.h"
#include "stage2_callbacks/crawler.h"

extern "C" ssize_t recv(int fd, void* buffer, size_t size, int flags) {
  static bool alarmed = false;
  if (!std::exchange(alarmed, true)) {
    errno = EAGAIN;
    return -1;
  }
  return ::recvfrom(fd, buffer, size, flags, nullptr, nullptr);
}

int main(int argc, char** argv) {
  return common::crawler_main(
      argc, argv, {.name = "show", .summary = "Has a false alarm.", .crawl = stage2::crawl});
}
