// A timeout is thrown into a machine that reads. That ends the machine, but its owner resumes it
// once more.
#include <sys/socket.h>

#include <cstdio>

#include "stage4_yield_from/async_io.h"

using namespace stage4;

int main() {
  EventLoop loop;
  common::Timing timing;
  common::Socket sock(AF_INET, &timing);
  Read read(loop, sock);
  Sent nothing;
  read.resume(nothing);
  std::puts("the machine waits for bytes");
  try {
    Sent error{{}, std::make_exception_ptr(std::runtime_error("timed out"))};
    read.resume(error);
  } catch (const std::runtime_error& error) {
    std::printf("it lets the error out: %s\n", error.what());
  }
  try {
    const bool returned = read.resume(nothing).returned();
    std::puts(returned ? "resumed again, it returns"
                       : "resumed again, it waits, as if nothing had happened");
  } catch (const std::logic_error& error) {
    std::printf("resumed again, it complains: %s\n", error.what());
  }
}
