// What the selectors share: which descriptor is registered, under which id, for what.
#pragma once

#include <cstdint>
#include <vector>

#include "common/net/selector.h"

namespace common {

/// Keeps a row for each descriptor. A row is found by the descriptor's number, because the kernel
/// keeps those numbers small and uses them again. Both kinds of Selector own one.
class Registrations {
 public:
  /// Holds what a selector knows of one descriptor. References are valid until the next `add`.
  struct Row {
    Selector::Id id = 0;  ///< 0: not registered.
    Events events = 0;
    std::uint32_t position = 0;  ///< For the selector's own use.
    bool watched = false;        ///< Edge-triggered.
  };

  /// Throws `std::logic_error` if `events` are not some of `event_read` and `event_write`.
  static void check(int fd, Events events);

  /// Throws `std::logic_error` as `check` does, or if `fd` is closed (-1) or registered already.
  Row& add(int fd, Events events);

  /// Removes and returns the row of `fd`. Throws `std::logic_error` if there is none, or if it is
  /// not `watched` in the way that the caller says.
  Row remove(int fd, bool watched = false);

  /// Returns the row of `fd`, or null if `fd` is not watched.
  Row* find_watched(int fd) { return has(fd) && at(fd).watched ? &at(fd) : nullptr; }

  /// Returns the row of `fd`, which must be registered.
  Row& at(int fd) { return rows_[static_cast<std::size_t>(fd)]; }

 private:
  bool has(int fd) const {
    const auto index = static_cast<std::size_t>(fd);
    return fd >= 0 && index < rows_.size() && rows_[index].id != 0;
  }

  std::vector<Row> rows_;
  Selector::Id last_id_ = 0;
};

/// Converts `timeout` for `epoll_wait` and `poll`: to milliseconds, rounded up so that the loop
/// does not wake too early and spin, and to -1 if there is no timeout.
int to_milliseconds(std::optional<Duration> timeout) noexcept;

/// Makes the two kinds of Selector, for `Selector::make`. Throws `std::system_error` if there is no
/// epoll, or no descriptor for it; `make_poll_selector` needs neither.
std::unique_ptr<Selector> make_epoll_selector();
std::unique_ptr<Selector> make_poll_selector();

}  // namespace common
