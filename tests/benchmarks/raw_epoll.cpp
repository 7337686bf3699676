// Six system calls a page: socket, connect, send, epoll_ctl, recv, close. It sends straight after
// `connect` and waits for room only if there is none; it is told of a descriptor once, and lets
// `close` end the registration; a complete answer needs no second `recv`.
#include "raw_epoll.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "common/http/request.h"
#include "common/http/response_parser.h"
#include "common/http/url.h"
#include "common/net/endpoint.h"

namespace raw_epoll {
namespace {

using common::ResponseParser;

bool not_now() { return errno == EAGAIN || errno == EINPROGRESS; }

int checked(int result, const char* call) {
  if (result < 0) throw std::system_error(errno, std::system_category(), call);
  return result;
}

class Crawl {
 public:
  explicit Crawl(const common::CrawlJob& job)
      : job_(job), epoll_(checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")) {
    // All requests are alike but for their target.
    const auto first = common::Url::parse(job.urls.at(0));
    address_ = common::Endpoint::parse(first.host(), first.port()).value();
    target_ = first.text().size() - first.target().size();
    const std::string request = common::request_text(first);
    after_target_ = request.substr(request.find(" HTTP/1.1"));
  }
  Crawl(const Crawl&) = delete;
  Crawl& operator=(const Crawl&) = delete;
  ~Crawl() { ::close(epoll_); }

  Totals run() {
    std::array<epoll_event, 256> ready;
    begin_pages();
    while (in_flight_ > 0) {
      const int count = ::epoll_wait(epoll_, ready.data(), ready.size(), -1);
      for (int i = 0; i < count; ++i) {
        const epoll_event& event = ready[static_cast<std::size_t>(i)];
        go_on(event.data.fd, event.events);
        begin_pages();
      }
    }
    return totals_;
  }

 private:
  /// What only some pages need: a request that was not taken whole, an answer in several pieces.
  struct Rest {
    std::string unsent;
    std::optional<ResponseParser> response;
  };

  void begin_pages() {
    while (in_flight_ < job_.concurrency && next_ < job_.urls.size()) begin_page();
  }

  void begin_page() {
    request_ = "GET ";
    request_.append(job_.urls[next_++], target_).append(after_target_);

    const int type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
    const int fd = checked(::socket(address_.family(), type, 0), "socket");
    if (static_cast<std::size_t>(fd) >= rests_.size()) rests_.resize(2 * fd + 1);
    ++in_flight_;
    if (::connect(fd, address_.data(), address_.size()) != 0 && !not_now()) {
      return end_page(fd, false);
    }
    std::string_view unsent = request_;
    if (!send(fd, unsent)) return;
    epoll_event event{.events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data = {.fd = fd}};
    if (!unsent.empty()) {
      rests_[fd].unsent = unsent;
      event.events |= EPOLLOUT;
    }
    checked(::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
  }

  void go_on(int fd, std::uint32_t events) {
    Rest& rest = rests_[fd];
    if (!rest.unsent.empty()) {
      std::string_view unsent = rest.unsent;
      if (!send(fd, unsent)) return;
      rest.unsent.erase(0, rest.unsent.size() - unsent.size());
    }
    if (events & ~EPOLLOUT) receive(fd, rest, (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0);
  }

  /// Takes from `unsent` what the kernel takes. False: the page is over.
  bool send(int fd, std::string_view& unsent) {
    const auto count = ::send(fd, unsent.data(), unsent.size(), MSG_NOSIGNAL);
    if (count >= 0) {
      unsent.remove_prefix(static_cast<std::size_t>(count));
    } else if (!not_now()) {
      end_page(fd, false);
      return false;
    }
    return true;
  }

  /// `ended`: there is something behind the last byte, the end of the stream or an error.
  void receive(int fd, Rest& rest, bool ended) {
    ResponseParser response =
        rest.response ? std::move(*rest.response) : ResponseParser(job_.max_body);
    for (;;) {
      const auto count = ::recv(fd, buffer_.data(), buffer_.size(), 0);
      if (count < 0 && not_now()) break;
      std::error_code error;
      if (count >= 0) response.feed({buffer_.data(), static_cast<std::size_t>(count)}, error);
      if (count < 0 || error) return end_page(fd, false);
      if (response.complete()) {
        const auto page = response.take();
        totals_.body_bytes += page.body.size();
        return end_page(fd, page.status == 200);
      }
      const bool more = static_cast<std::size_t>(count) == buffer_.size();
      if (!more && !ended) break;  // the kernel will tell when there is
    }
    rest.response.emplace(std::move(response));
  }

  void end_page(int fd, bool fetched) {
    ::close(fd);
    if (rests_[fd].response || !rests_[fd].unsent.empty()) rests_[fd] = {};
    ++(fetched ? totals_.fetched : totals_.failed);
    --in_flight_;
    if (job_.on_progress) job_.on_progress({.in_flight = in_flight_});
  }

  const common::CrawlJob& job_;
  const int epoll_;
  common::Endpoint address_;
  std::size_t target_ = 0;    // where it begins in each URL
  std::string after_target_;  // of each request
  std::string request_;
  std::size_t next_ = 0;
  std::size_t in_flight_ = 0;
  std::vector<Rest> rests_;  // by descriptor
  std::array<char, 65536> buffer_;
  Totals totals_;
};

}  // namespace

Totals crawl(const common::CrawlJob& job) {
  if (job.urls.empty()) return {};
  return Crawl(job).run();
}

}  // namespace raw_epoll
