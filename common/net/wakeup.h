// Wakes a thread that waits for descriptors, from another thread or from a signal handler.
#pragma once

#include <atomic>

namespace common {

/// Holds a descriptor that becomes readable when `notify` is called. The side that waits owns the
/// Wakeup, registers `fd` with its loop, and calls `clear` when it is woken:
///
/// ```cpp
/// Wakeup wakeup;
/// std::thread other([&] { wakeup.notify(); });
/// // ... wait until wakeup.fd() is readable ...
/// if (wakeup.clear()) std::puts("the other thread has called");
/// other.join();
/// ```
///
/// It must outlive every thread and signal handler that may call `notify`. After a fork it belongs
/// to the parent, and the child must not touch it.
class Wakeup {
 public:
  /// Opens the descriptor. Throws `std::system_error` if there is none left.
  Wakeup();
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;
  ~Wakeup();

  /// Returns the descriptor, which is readable from `notify` until `clear`. Do not read from it.
  int fd() const noexcept { return read_fd_; }

  /// Makes `fd` readable. May be called from any thread and from a signal handler.
  void notify() noexcept;

  /// Makes `fd` unreadable again, and returns whether `notify` was called since the last `clear`.
  /// If it was not, this costs one atomic load and no system call.
  bool clear() noexcept;

 private:
  int read_fd_ = -1;
  int write_fd_ = -1;
  std::atomic<bool> notified_ = false;
};

}  // namespace common
