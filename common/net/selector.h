// Asks the kernel which of many descriptors are ready: the article's `DefaultSelector`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <source_location>
#include <span>

#include "common/net/clock.h"

namespace common {

/// A set of `event_read` and `event_write`.
using Events = unsigned;
inline constexpr Events event_read = 1;  ///< Bytes, the end of the stream, or an error can be read.
inline constexpr Events event_write =
    2;  ///< There is room to write, or a connection was made or refused.

// Told only by `watch`, with `event_read`, and not by every system: what comes after the bytes that
// are there now.
inline constexpr Events event_end = 4;    ///< The end of the stream.
inline constexpr Events event_error = 8;  ///< An error, which `recv` will tell.

/// "readable", "writable" or "ready", for messages.
constexpr const char* name_of(Events events) {
  return events == event_read ? "readable" : events == event_write ? "writable" : "ready";
}

/// How many registrations were made and ended. Equal once all is done.
struct SelectorCounts {
  std::size_t registered = 0;
  std::size_t unregistered = 0;
};

/// Watches descriptors, in one of two ways: a registered one is reported for as long as it is ready
/// (level-triggered), a watched one when it becomes ready (edge-triggered). It neither owns nor
/// closes them. For one thread.
class Selector {
 public:
  enum class Kind { epoll, poll };  ///< Linux's own, and POSIX's.

  /// Names one registration for as long as the Selector lives; never used twice, as descriptors
  /// are.
  using Id = std::uint64_t;

  /// One registration that is ready, and for what. After an error or a hang-up it is ready for all
  /// that it asked for: the next call on the descriptor tells more.
  struct Ready {
    Id id;
    int fd;
    Events events;
  };

  /// What this system has best.
  static Kind default_kind() noexcept;

  /// Throws `std::system_error` if the kernel refuses, or has none of this kind.
  static std::unique_ptr<Selector> make(Kind kind = default_kind());

  Selector() = default;
  Selector(const Selector&) = delete;
  Selector& operator=(const Selector&) = delete;
  virtual ~Selector() = default;

  /// Watches `fd` for `events`, until `unregister_fd`. Throws `std::logic_error` if it is watched
  /// already, -1, or asked for nothing; `std::system_error` if the kernel refuses (a plain file).
  virtual Id register_fd(int fd, Events events) = 0;

  /// Ends the registration of `fd` and returns its id. Throws `std::logic_error` if there is none,
  /// or `fd` is watched. To be called before `fd` is closed: if it comes later, this or `select`
  /// throws that, too.
  virtual Id unregister_fd(int fd) = 0;

  /// For whoever is about to wait for one of `events`: reports `fd` once if it is ready, when it is
  /// watched for the first time, or else once it becomes ready; perhaps more often, and for more.
  /// So wait for bytes again only after `recv` said that there are none now, or gave fewer than
  /// there was room for. With epoll the first call is a system call, a later one only for
  /// `event_write`. Throws as `register_fd` does.
  virtual Id watch(int fd, Events events) = 0;

  /// Ends what `watch` began, without a system call: the kernel forgets `fd` when it is closed,
  /// which must come next. Where a copy stays open in another process it does not; what it still
  /// tells of the old one is dropped. Throws `std::logic_error` if `fd` is not watched.
  virtual Id forget(int fd) = 0;

  /// Blocks until something is ready, until `timeout` has passed (rounded up to milliseconds), or a
  /// signal came. Without a timeout, waits for as long as it takes. A registration that ended after
  /// `select` returned may still be in the answer: look its id up. The answer is valid until the
  /// next call. Throws `std::system_error` if the kernel refuses.
  std::span<const Ready> select(std::optional<Duration> timeout,
                                std::source_location by = std::source_location::current());

  const SelectorCounts& counts() const noexcept { return counts_; }

 protected:
  SelectorCounts counts_;

 private:
  virtual std::span<const Ready> wait(std::optional<Duration> timeout) = 0;
};

}  // namespace common
