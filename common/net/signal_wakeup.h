// Turns a signal into a descriptor that becomes readable, so that a loop can wait for it.
#pragma once

#include <signal.h>

#include "common/net/wakeup.h"

namespace common {

/// Replaces what `signal` does to the process for as long as it lives: the process does not end,
/// and `fd` becomes readable instead. System calls that the signal interrupts are restarted where
/// the kernel can do that. If several objects exist for one signal, only the first one receives it.
class SignalWakeup {
 public:
  /// Installs the handler. Throws `std::system_error` if there is no descriptor left, or no such
  /// signal.
  explicit SignalWakeup(int signal);
  SignalWakeup(const SignalWakeup&) = delete;
  SignalWakeup& operator=(const SignalWakeup&) = delete;
  /// Restores what the signal did before.
  ~SignalWakeup();

  /// Returns the descriptor, which is readable from the signal until `clear`.
  int fd() const noexcept { return wakeup_.fd(); }

  /// Returns whether the signal has arrived since the last `clear`.
  bool clear() noexcept { return wakeup_.clear(); }

 private:
  Wakeup wakeup_;
  const int signal_;
  bool told_ = false;
  struct sigaction previous_ = {};
};

}  // namespace common
