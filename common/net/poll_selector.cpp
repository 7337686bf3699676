// The portable way: the whole set is handed to the kernel with each question, and costs its length.
#include <poll.h>

#include <cerrno>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "common/net/registrations.h"

namespace common {
namespace {

class PollSelector final : public Selector {
 public:
  Id register_fd(int fd, Events events) override { return add(fd, events).id; }

  Id unregister_fd(int fd) override { return remove(fd, false); }

  // Armed only while something waits, because an event that is not handled is reported forever.
  Id watch(int fd, Events events) override {
    Registrations::check(fd, events);
    Registrations::Row* row = registrations_.find_watched(fd);
    if (row == nullptr) {
      row = &add(fd, events);
      row->watched = true;
    }
    row->events |= events;
    watched_[row->position] = {fd, wanted(row->events), 0};
    return row->id;
  }

  Id forget(int fd) override { return remove(fd, true); }

  std::span<const Ready> wait(std::optional<Duration> timeout) override {
    ready_.clear();
    const int count = ::poll(watched_.data(), watched_.size(), to_milliseconds(timeout));
    if (count < 0) {
      if (errno == EINTR) return ready_;
      throw std::system_error(errno, std::system_category(), "poll");
    }
    if (count == 0) return ready_;
    for (pollfd& watched : watched_) {
      if (watched.revents == 0) continue;
      if (watched.revents & POLLNVAL) {
        throw std::logic_error("descriptor " + std::to_string(watched.fd) +
                               " was closed before it was unregistered");
      }
      Registrations::Row& row = registrations_.at(watched.fd);
      Events events = 0;
      if (watched.revents & POLLIN) events |= event_read;
      if (watched.revents & POLLOUT) events |= event_write;
      if (watched.revents & (POLLERR | POLLHUP)) events = row.events;
      ready_.push_back({row.id, watched.fd, events});
      if (row.watched) {
        row.events &= ~events;
        watched.events = wanted(row.events);
        if (row.events == 0) watched.fd = ~watched.fd;  // negative: `poll` passes it over
      }
    }
    return ready_;
  }

 private:
  Registrations::Row& add(int fd, Events events) {
    Registrations::Row& row = registrations_.add(fd, events);
    row.position = static_cast<std::uint32_t>(watched_.size());
    watched_.push_back({fd, wanted(events), 0});
    ++counts_.registered;
    return row;
  }

  Id remove(int fd, bool watched) {
    const Registrations::Row row = registrations_.remove(fd, watched);
    ++counts_.unregistered;
    // The last one fills the gap.
    const pollfd last = watched_.back();
    watched_.pop_back();
    if (row.position < watched_.size()) {
      watched_[row.position] = last;
      registrations_.at(descriptor(last)).position = row.position;
    }
    return row.id;
  }

  static short wanted(Events events) {
    short wanted = 0;
    if (events & event_read) wanted |= POLLIN;
    if (events & event_write) wanted |= POLLOUT;
    return wanted;
  }

  static int descriptor(const pollfd& watched) { return watched.fd < 0 ? ~watched.fd : watched.fd; }

  Registrations registrations_;
  std::vector<pollfd> watched_;
  std::vector<Ready> ready_;
};

}  // namespace

std::unique_ptr<Selector> make_poll_selector() { return std::make_unique<PollSelector>(); }

}  // namespace common
