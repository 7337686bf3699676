// quick_site BODY: a site that answers each request at once with a page of BODY bytes. Prints its
// address, and ends when its standard input does.
#include <sched.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "common/net/clock.h"
#include "common/net/endpoint.h"
#include "common/process/process.h"

namespace {

int checked(int result, const char* call) {
  if (result < 0) throw std::system_error(errno, std::system_category(), call);
  return result;
}

void run_on_last_processor() {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(::sysconf(_SC_NPROCESSORS_ONLN) - 1, &set);
  ::sched_setaffinity(0, sizeof set, &set);  // if it may not, it runs where it runs
}

class Server {
 public:
  explicit Server(std::size_t body)
      : listener_(checked(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), "socket")),
        epoll_(checked(::epoll_create1(0), "epoll_create1")),
        page_("HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: " +
              std::to_string(body) + "\r\nConnection: close\r\n\r\n" + std::string(body, 'x')) {
    const auto any = *common::Endpoint::parse("127.0.0.1", 0);
    checked(::bind(listener_, any.data(), any.size()), "bind");
    checked(::listen(listener_, SOMAXCONN), "listen");
    watch(listener_);
    watch(STDIN_FILENO);
  }

  std::string address() const {
    sockaddr_storage name{};
    socklen_t size = sizeof name;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&name), &size);
    return "http://" + common::Endpoint(reinterpret_cast<sockaddr*>(&name)).to_string();
  }

  void run() {
    std::array<epoll_event, 64> ready;
    auto last_traffic = common::Clock::now();
    for (;;) {
      const bool traffic = common::Clock::now() - last_traffic < std::chrono::milliseconds(20);
      const int count = ::epoll_wait(epoll_, ready.data(), ready.size(), traffic ? 0 : -1);
      for (int i = 0; i < count; ++i) {
        const int fd = ready[static_cast<std::size_t>(i)].data.fd;
        if (fd == STDIN_FILENO) return;
        if (fd == listener_) {
          accept_all();
        } else {
          answer(fd);
        }
        last_traffic = common::Clock::now();
      }
    }
  }

 private:
  void watch(int fd) const {
    epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }

  void accept_all() const {
    for (int fd; (fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;) {
      if (!answer(fd)) watch(fd);
    }
  }

  /// False: the request is not there yet.
  bool answer(int fd) const {
    std::array<char, 65536> request;
    const auto size = ::recv(fd, request.data(), request.size(), 0);
    if (size < 0 && errno == EAGAIN) return false;
    if (size > 0) {
      if (!std::string_view(request.data(), size).ends_with("\r\n\r\n")) return false;
      ::send(fd, page_.data(), page_.size(), MSG_NOSIGNAL);
    }
    ::close(fd);
    return true;
  }

  const int listener_;
  const int epoll_;
  const std::string page_;
};

}  // namespace

int main(int argc, char** argv) {
  common::prepare_process();
  try {
    Server server(argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 1024);
    std::printf("%s\n", server.address().c_str());
    std::fflush(stdout);
    run_on_last_processor();
    server.run();
  } catch (const std::system_error& error) {
    std::fprintf(stderr, "quick_site: %s\n", error.what());
    return 1;
  }
}
