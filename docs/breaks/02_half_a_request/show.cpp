// The crawler of stage 2 on a kernel that takes ten bytes at a time: this `send` stands in for the
// C library's.
#include <sys/socket.h>

#include <algorithm>

#include "common/crawl/crawler_main.h"
#include "stage2_callbacks/crawler.h"

extern "C" ssize_t send(int fd, const void* bytes, size_t size, int flags) {
  return ::sendto(fd, bytes, std::min<size_t>(size, 10), flags, nullptr, 0);
}

int main(int argc, char** argv) {
  return common::crawler_main(
      argc, argv,
      {.name = "show", .summary = "Sends ten bytes at a time.", .crawl = stage2::crawl});
}
