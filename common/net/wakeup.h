// Wakes a thread that waits for descriptors, from another thread or from a signal handler.
#pragma once

#include <atomic>

namespace common {

/// A descriptor that becomes readable when someone calls `notify`. The waiting side owns it. After
/// a fork it belongs to the parent: the child must let it be.
class Wakeup {
 public:
  /// Throws `std::system_error` if there is no descriptor left.
  Wakeup();
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;
  ~Wakeup();

  /// Readable from `notify` until `clear`.
  int fd() const noexcept { return read_fd_; }

  /// May be called from any thread and from a signal handler.
  void notify() noexcept;

  /// True if there was a `notify` since the last `clear`. One atomic load when there was none, no
  /// system call.
  bool clear() noexcept;

 private:
  int read_fd_ = -1;
  int write_fd_ = -1;
  std::atomic<bool> notified_ = false;
};

}  // namespace common
