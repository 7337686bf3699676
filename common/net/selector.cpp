#include "common/net/selector.h"

#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include "common/net/platform.h"
#include "common/net/registrations.h"
#include "common/trace/trace.h"

namespace common {

std::span<const Selector::Kind> Selector::kinds() noexcept {
#if TUTORIAL_LINUX
  static constexpr std::array all{Kind::epoll, Kind::poll};
#else
  static constexpr std::array all{Kind::poll};
#endif
  return all;
}

const char* Selector::name_of(Kind kind) noexcept { return kind == Kind::epoll ? "epoll" : "poll"; }

std::unique_ptr<Selector> Selector::make(Kind kind) {
  return kind == Kind::epoll ? make_epoll_selector() : make_poll_selector();
}

std::span<const Selector::Ready> Selector::select(std::optional<Duration> timeout,
                                                  std::source_location by) {
  trace::record({"select", {{"timeout_ms", to_milliseconds(timeout)}}, &by});
  const auto answer = wait(timeout);
  trace::record({"selected", {{"count", answer.size()}}, &by});
  for (const Ready& ready : answer) {
    if (!trace::on()) [[likely]]
      break;
    int held = 0;
    if (::ioctl(ready.fd, FIONREAD, &held) != 0) held = -1;
    trace::record({"ready",
                   {{"fd", ready.fd}, {"events", common::name_of(ready.events)}, {"held", held}},
                   &by});
  }
  return answer;
}

#if !TUTORIAL_LINUX
std::unique_ptr<Selector> make_epoll_selector() {
  throw std::system_error(ENOSYS, std::system_category(), "epoll");
}
#endif

namespace {

[[noreturn]] void refuse(int fd, const char* why) {
  throw std::logic_error("descriptor " + std::to_string(fd) + why);
}

}  // namespace

void Registrations::check(int fd, Events events) {
  if (events == 0 || (events & ~(event_read | event_write)) != 0) {
    refuse(fd, " must be registered for reading, writing or both");
  }
}

Registrations::Row& Registrations::add(int fd, Events events) {
  if (fd < 0) refuse(fd, " cannot be registered: it is closed");
  check(fd, events);
  if (has(fd)) refuse(fd, " is registered already");
  const auto index = static_cast<std::size_t>(fd);
  if (index >= rows_.size()) rows_.resize(index + 1);
  rows_[index] = {.id = ++last_id_, .events = events};
  return rows_[index];
}

Registrations::Row Registrations::remove(int fd, bool watched) {
  if (!has(fd)) refuse(fd, " is not registered");
  if (at(fd).watched != watched) {
    refuse(fd, watched ? " is registered, not watched: unregister it"
                       : " is watched, not registered: forget it");
  }
  return std::exchange(at(fd), Row{});
}

int to_milliseconds(std::optional<Duration> timeout) noexcept {
  if (!timeout) return -1;
  const auto rounded = std::chrono::ceil<std::chrono::milliseconds>(*timeout).count();
  return static_cast<int>(std::clamp<std::int64_t>(rounded, 0, std::numeric_limits<int>::max()));
}

}  // namespace common
