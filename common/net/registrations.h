// What the selectors share: which descriptor is registered, under which id, for what.
#pragma once

#include <cstdint>
#include <vector>

#include "common/net/selector.h"

namespace common {

/// A table with a row for each descriptor number, which are small and used again.
class Registrations {
 public:
  /// What a selector keeps of one descriptor. Stays where it is until the next `add`.
  struct Row {
    Selector::Id id = 0;  ///< 0: not registered.
    Events events = 0;
    std::uint32_t position = 0;  ///< Free for the selector's own use.
    bool watched = false;        ///< Edge-triggered.
  };

  /// Throws `std::logic_error` if `events` are not some of `event_read` and `event_write`.
  static void check(int fd, Events events);

  /// Throws `std::logic_error` as `check` does, or if `fd` is closed (-1) or registered already.
  Row& add(int fd, Events events);

  /// Ends what began in the same way: `watched` or not. Throws `std::logic_error` if nothing did.
  Row remove(int fd, bool watched = false);

  /// Null if `fd` is not watched.
  Row* find_watched(int fd) { return has(fd) && at(fd).watched ? &at(fd) : nullptr; }

  /// `fd` must be registered.
  Row& at(int fd) { return rows_[static_cast<std::size_t>(fd)]; }

 private:
  bool has(int fd) const {
    const auto index = static_cast<std::size_t>(fd);
    return fd >= 0 && index < rows_.size() && rows_[index].id != 0;
  }

  std::vector<Row> rows_;
  Selector::Id last_id_ = 0;
};

/// `timeout` as `epoll_wait` and `poll` take it: milliseconds, rounded up so that no one wakes
/// early and spins; -1 for ever.
int to_milliseconds(std::optional<Duration> timeout) noexcept;

/// For `Selector::make`. Throws `std::system_error` where there is no epoll, or no descriptor for
/// it; `make_poll_selector` needs neither.
std::unique_ptr<Selector> make_epoll_selector();
std::unique_ptr<Selector> make_poll_selector();

}  // namespace common
