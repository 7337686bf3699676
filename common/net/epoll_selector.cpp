// Linux's own way: the kernel keeps the set of descriptors, and each question costs only what is
// ready.
#include "common/net/platform.h"

#if TUTORIAL_LINUX
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

  Id register_fd(int fd, Events events) override { return add(fd, events, 0).id; }

  Id unregister_fd(int fd) override {
    const Id id = registrations_.remove(fd).id;
    ++counts_.unregistered;
    if (::epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, fd, nullptr) != 0) {
      throw std::logic_error("descriptor " + std::to_string(fd) +
                             " was closed before it was unregistered");
    }
    return id;
  }

  // Reading is always included, because a socket that writes will want to read as well. Writing is
  // only included while it is needed: nearly every socket has room and would be reported for it.
  Id watch(int fd, Events events) override {
    constexpr std::uint32_t edge_triggered = EPOLLRDHUP | EPOLLET;
    Registrations::check(fd, events);
    events |= event_read;
    Registrations::Row* row = registrations_.find_watched(fd);
    if (row == nullptr) {
      row = &add(fd, events, edge_triggered);
      row->watched = true;
    } else if (events & event_write) {
      control(EPOLL_CTL_MOD, fd, row->id, events, edge_triggered);
      row->events = events;
    }
    return row->id;
  }

  Id forget(int fd) override {
    const Id id = registrations_.remove(fd, true).id;
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
      const int fd = descriptor(event);
      const Registrations::Row& row = registrations_.at(fd);
      if (data_of(fd, row.id) != event.data.u64) continue;  // an event of a forgotten registration
      Events events = 0;
      if (event.events & EPOLLIN) events |= event_read;
      if (event.events & EPOLLOUT) events |= event_write;
      if (event.events & EPOLLRDHUP) events |= event_end;
      if (event.events & (EPOLLERR | EPOLLHUP)) {
        events = row.events | (row.watched ? event_error : 0);
      }
      ready_.push_back({row.id, fd, events});
    }
    return ready_;
  }

 private:
  // Travels with each event through the kernel: the descriptor and the low half of the id. A
  // descriptor that was forgotten and closed here may still be open in another process. Then the
  // kernel goes on reporting it, even when another socket here has its number.
  static std::uint64_t data_of(int fd, Id id) { return id << 32 | static_cast<std::uint32_t>(fd); }
  static int descriptor(const epoll_event& event) {
    return static_cast<int>(event.data.u64 & 0xffffffff);
  }

  Registrations::Row& add(int fd, Events events, std::uint32_t how) {
    Registrations::Row& row = registrations_.add(fd, events);
    try {
      // Room for everyone, so that one question is answered in full.
      const std::size_t open = counts_.registered - counts_.unregistered + 1;
      if (open > events_.size()) events_.resize(2 * events_.size());
      control(EPOLL_CTL_ADD, fd, row.id, events, how);
    } catch (...) {
      registrations_.remove(fd);
      throw;
    }
    ++counts_.registered;
    return row;
  }

  void control(int operation, int fd, Id id, Events events, std::uint32_t how) const {
    epoll_event event{};
    event.events = how;
    if (events & event_read) event.events |= EPOLLIN;
    if (events & event_write) event.events |= EPOLLOUT;
    event.data.u64 = data_of(fd, id);
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
