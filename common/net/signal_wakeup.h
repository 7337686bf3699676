// A signal as a descriptor that becomes readable, so that a loop can wait for it.
#pragma once

#include <signal.h>

#include "common/net/wakeup.h"

namespace common {

/// While this lives, the process does not end when it gets `signal`, but `fd` becomes readable.
/// System calls that the signal interrupts are begun anew where the kernel can do that. Of several
/// for the same signal, the first alone is told.
class SignalWakeup {
 public:
  /// Throws `std::system_error` if there is no descriptor left, or no such signal.
  explicit SignalWakeup(int signal);
  SignalWakeup(const SignalWakeup&) = delete;
  SignalWakeup& operator=(const SignalWakeup&) = delete;
  /// What the signal did before, it does again.
  ~SignalWakeup();

  /// Readable from a signal until `clear`.
  int fd() const noexcept { return wakeup_.fd(); }

  /// True if the signal came since the last `clear`.
  bool clear() noexcept { return wakeup_.clear(); }

 private:
  Wakeup wakeup_;
  const int signal_;
  bool told_ = false;
  struct sigaction previous_ = {};
};

}  // namespace common
