// The portable way: the whole set is handed to the kernel with each question, and costs its length.
#include <poll.h>

#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "common/net/registrations.h"

namespace common {
namespace {

class PollSelector final : public Selector {
 public:
  Id register_fd(int fd, Events events) override {
    Registrations::Row& row = registrations_.add(fd, events);
    row.position = watched_.size();
    short wanted = 0;
    if (events & event_read) wanted |= POLLIN;
    if (events & event_write) wanted |= POLLOUT;
    watched_.push_back({fd, wanted, 0});
    ++counts_.registered;
    return row.id;
  }

  Id unregister_fd(int fd) override {
    const Registrations::Row row = registrations_.remove(fd);
    ++counts_.unregistered;
    // The last one fills the gap.
    const pollfd last = watched_.back();
    watched_.pop_back();
    if (last.fd != fd) {
      watched_[row.position] = last;
      registrations_.at(last.fd).position = row.position;
    }
    return row.id;
  }

  std::span<const Ready> select(std::optional<Duration> timeout) override {
    ready_.clear();
    const int count = ::poll(watched_.data(), watched_.size(), to_milliseconds(timeout));
    if (count < 0) {
      if (errno == EINTR) return ready_;
      throw std::system_error(errno, std::system_category(), "poll");
    }
    if (count == 0) return ready_;
    for (const pollfd& watched : watched_) {
      if (watched.revents == 0) continue;
      if (watched.revents & POLLNVAL) {
        throw std::logic_error("descriptor " + std::to_string(watched.fd) +
                               " was closed before it was unregistered");
      }
      const Registrations::Row& row = registrations_.at(watched.fd);
      Events events = 0;
      if (watched.revents & POLLIN) events |= event_read;
      if (watched.revents & POLLOUT) events |= event_write;
      if (watched.revents & (POLLERR | POLLHUP)) events = row.events;
      ready_.push_back({row.id, watched.fd, events});
    }
    return ready_;
  }

 private:
  Registrations registrations_;
  std::vector<pollfd> watched_;
  std::vector<Ready> ready_;
};

}  // namespace

std::unique_ptr<Selector> make_poll_selector() { return std::make_unique<PollSelector>(); }

}  // namespace common
