// Asks the kernel which of many descriptors are ready, as the article's `DefaultSelector` does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <source_location>
#include <span>

#include "common/net/clock.h"

namespace common {

/// Holds a set of events: `event_read`, `event_write`, or both with `|` between them.
using Events = unsigned;
inline constexpr Events event_read = 1;  ///< Bytes, the end of the stream, or an error can be read.
inline constexpr Events event_write =
    2;  ///< There is room to write, or a connection was made or refused.

// These two are reported only for a watched descriptor, together with `event_read`, and not by
// every system. They say what follows the bytes that are there now.
inline constexpr Events event_end = 4;    ///< The end of the stream.
inline constexpr Events event_error = 8;  ///< An error, which `recv` will report.

/// Returns "readable", "writable" or "ready", for messages.
constexpr const char* name_of(Events events) {
  return events == event_read ? "readable" : events == event_write ? "writable" : "ready";
}

/// Counts the registrations that were made and ended. The two are equal when a crawl is over;
/// otherwise it has forgotten to unregister a descriptor.
struct SelectorCounts {
  std::size_t registered = 0;
  std::size_t unregistered = 0;
};

/// Waits for many descriptors at once and says which of them are ready. Every event loop owns one
/// Selector and is the only one to call it.
///
/// ```cpp
/// const std::unique_ptr<Selector> selector = Selector::make();
/// const Selector::Id id = selector->register_fd(fd, event_read);
/// for (const Selector::Ready& ready : selector->select(std::chrono::seconds(1))) {
///   if (ready.id == id) std::puts("readable");  // nothing is ready after a second of silence
/// }
/// selector->unregister_fd(fd);  // before fd is closed
/// ```
///
/// A descriptor can be observed in one of two ways. A *registered* one is reported by every
/// `select` for as long as it is ready (level-triggered); stages 2 to 4 use this. A *watched* one
/// is reported when it becomes ready (edge-triggered), which saves system calls; stage 5 uses this.
///
/// A Selector neither owns nor closes descriptors. Closing one that is still registered is the
/// mistake to avoid: its number may already name another connection. Not thread-safe. What both
/// kinds promise is tested in tests/common/net_selector_test.cpp.
class Selector {
 public:
  enum class Kind { epoll, poll };  ///< Linux's own, and POSIX's.

  /// Names one registration for as long as the Selector lives. An id is never used twice, whereas
  /// the kernel gives the number of a closed descriptor to the next one.
  using Id = std::uint64_t;

  /// Says which registration is ready, and for what. After an error or a hang-up it is reported as
  /// ready for all that it asked for; the next call on the descriptor reports the error.
  struct Ready {
    Id id;
    int fd;
    Events events;
  };

  /// Returns the kinds that this system has, the best one first.
  static std::span<const Kind> kinds() noexcept;

  /// Returns the best kind that this system has.
  static Kind default_kind() noexcept { return kinds().front(); }

  /// Returns the name of `kind`, as `--selector` takes it.
  static const char* name_of(Kind kind) noexcept;

  /// Makes a Selector, which the caller owns. Throws `std::system_error` if the kernel refuses, or
  /// has none of this kind.
  static std::unique_ptr<Selector> make(Kind kind = default_kind());

  Selector() = default;
  Selector(const Selector&) = delete;
  Selector& operator=(const Selector&) = delete;
  virtual ~Selector() = default;

  /// Registers `fd` for `events`: until `unregister_fd`, every `select` that finds it ready reports
  /// it. Throws `std::logic_error` if `fd` is registered or watched already, if it is -1, or if
  /// `events` is empty; and `std::system_error` if the kernel refuses, as epoll does for a plain
  /// file.
  virtual Id register_fd(int fd, Events events) = 0;

  /// Ends the registration of `fd` and returns its id. Call it before `fd` is closed; otherwise
  /// this function (epoll) or the next `select` (poll) throws `std::logic_error`. Throws the same
  /// if `fd` is not registered, or if it is watched.
  virtual Id unregister_fd(int fd) = 0;

  /// Watches `fd`: the caller is about to wait for one of `events`. If `fd` is ready when it is
  /// watched for the first time, the next `select` reports that once; otherwise `select` reports it
  /// once it becomes ready. It may be reported more often than that, and for more events.
  ///
  /// Bytes that were there before are not reported again. So wait for bytes only after `recv` has
  /// said that there are none now, or has returned fewer than there was room for; waiting earlier
  /// may last forever. With epoll, the first call for `fd` is a system call, and a later one only
  /// for `event_write`. Throws as `register_fd` does.
  virtual Id watch(int fd, Events events) = 0;

  /// Ends what `watch` began, without a system call. Close `fd` right afterwards, because that is
  /// when the kernel forgets it. If another process holds a copy of the descriptor, the kernel does
  /// not forget it; the Selector then drops whatever is still reported for it. Throws
  /// `std::logic_error` if `fd` is not watched.
  virtual Id forget(int fd) = 0;

  /// Blocks until something is ready, until `timeout` has passed (rounded up to whole
  /// milliseconds), or until a signal arrives. Without a timeout it waits for as long as it takes.
  /// The answer is empty after a timeout or a signal.
  ///
  /// The answer is valid until the next call. While the caller goes through it, a callback may end
  /// a registration that comes later in the same answer. So look each id up before you act on it.
  /// Throws `std::system_error` if the kernel refuses.
  std::span<const Ready> select(std::optional<Duration> timeout,
                                std::source_location by = std::source_location::current());

  const SelectorCounts& counts() const noexcept { return counts_; }

 protected:
  SelectorCounts counts_;

 private:
  virtual std::span<const Ready> wait(std::optional<Duration> timeout) = 0;
};

}  // namespace common
