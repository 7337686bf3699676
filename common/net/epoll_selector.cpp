// Linux's own way: the kernel keeps the set of descriptors, and each question costs only what is
// ready.
#ifdef __linux__
#  include <sys/epoll.h>
#  include <unistd.h>

#  include <cerrno>
#  include <cstdint>
#  include <stdexcept>
#  include <string>
#  include <system_error>
#  include <vector>

#  include "common/net/registrations.h"

namespace common {
namespace {

class EpollSelector final : public Selector {
 public:
  EpollSelector() : epoll_fd_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (epoll_fd_ < 0) throw std::system_error(errno, std::system_category(), "epoll_create1");
  }
  ~EpollSelector() override { ::close(epoll_fd_); }

  Id register_fd(int fd, Events events) override {
    const Id id = registrations_.add(fd, events).id;
    add(fd, events, 0);
    return id;
  }

  Id unregister_fd(int fd) override {
    const Id id = registrations_.remove(fd).id;
    ++counts_.unregistered;
    if (::epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, fd, nullptr) != 0) {
      throw std::logic_error("descriptor " + std::to_string(fd) +
                             " was closed before it was unregistered");
    }
    return id;
  }

  // Bytes are always asked for, since whoever writes will want to read, too. Room is not, as long
  // as nobody needs it: nearly every socket has some at once, and would only be reported for it.
  Id watch(int fd, Events events) override {
    constexpr std::uint32_t edge_triggered = EPOLLRDHUP | EPOLLET;
    events |= event_read;
    Registrations::Row* row = registrations_.find_watched(fd);
    if (row == nullptr) {
      row = &registrations_.add(fd, events);
      row->watched = true;
      add(fd, events, edge_triggered);
    } else if (events & event_write) {
      control(EPOLL_CTL_MOD, fd, events, edge_triggered);
      row->events = events;
    }
    return row->id;
  }

  Id forget(int fd) override {
    const Id id = registrations_.remove(fd).id;
    ++counts_.unregistered;
    return id;
  }

  std::span<const Ready> wait(std::optional<Duration> timeout) override {
    ready_.clear();
    const int count = ::epoll_wait(epoll_fd_, events_.data(), static_cast<int>(events_.size()),
                                   to_milliseconds(timeout));
    if (count < 0) {
      if (errno == EINTR) return ready_;
      throw std::system_error(errno, std::system_category(), "epoll_wait");
    }
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events_[static_cast<std::size_t>(i)];
      const Registrations::Row& row = registrations_.at(event.data.fd);
      if (row.id == 0) continue;  // forgotten, and not closed yet
      Events events = 0;
      if (event.events & EPOLLIN) events |= event_read;
      if (event.events & EPOLLOUT) events |= event_write;
      if (event.events & EPOLLRDHUP) events |= event_end;
      if (event.events & (EPOLLERR | EPOLLHUP)) {
        events = row.events | (row.watched ? event_error : 0);
      }
      ready_.push_back({row.id, event.data.fd, events});
    }
    // More may have been ready than there was room for. They come first the next time.
    if (ready_.size() == events_.size()) events_.resize(2 * events_.size());
    return ready_;
  }

 private:
  void add(int fd, Events events, std::uint32_t how) {
    try {
      control(EPOLL_CTL_ADD, fd, events, how);
    } catch (...) {
      registrations_.remove(fd);
      throw;
    }
    ++counts_.registered;
  }

  void control(int operation, int fd, Events events, std::uint32_t how) const {
    epoll_event event{};
    event.events = how;
    if (events & event_read) event.events |= EPOLLIN;
    if (events & event_write) event.events |= EPOLLOUT;
    event.data.fd = fd;
    if (::epoll_ctl(epoll_fd_, operation, fd, &event) != 0) {
      throw std::system_error(errno, std::system_category(), "epoll_ctl");
    }
  }

  const int epoll_fd_;
  Registrations registrations_;
  std::vector<epoll_event> events_ = std::vector<epoll_event>(256);
  std::vector<Ready> ready_;
};

}  // namespace

std::unique_ptr<Selector> make_epoll_selector() { return std::make_unique<EpollSelector>(); }

}  // namespace common
#endif
