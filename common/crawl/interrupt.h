// Stops a crawl, wherever it waits, when Ctrl-C is pressed.
#pragma once

#include <atomic>

namespace common {

class Wakeup;

/// Says whether the crawl is to stop, and wakes it if so. `main` owns one and puts it into the job;
/// it must outlive the crawl. `request` may be called from any thread and from a signal handler:
///
/// ```cpp
/// #include "common/crawl/crawl_job.h"
/// Interrupt interrupt;
/// const Interrupt::Handlers on_ctrl_c(interrupt);
/// CrawlJob crawl_this;
/// crawl_this.interrupt = &interrupt;  // the crawl ends soon after Ctrl-C
/// ```
class Interrupt {
 public:
  Interrupt() = default;
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  /// Asks the crawl to stop, and wakes the Frontier that is attached. It cannot be taken back.
  void request() noexcept;
  bool requested() const noexcept { return requested_.load(); }

  /// Returns the same as a flag, for `Timing::cancelled`.
  const std::atomic<bool>& flag() const noexcept { return requested_; }

  /// Attaches the wake-up that `request` is to notify; null detaches it. The Frontier does both.
  /// When this returns, the previous wake-up is not being notified any more and may be destroyed.
  void attach(Wakeup* wakeup) noexcept;

  /// Makes SIGINT and SIGTERM request the interrupt for as long as it lives. A second signal ends
  /// the process at once, with status 130. A signal that is ignored stays ignored, such as SIGINT
  /// in a script's background job. System calls that block are interrupted (EINTR). The Interrupt
  /// must outlive the Handlers. A process can have one at a time: making a second one throws
  /// `std::logic_error`.
  class Handlers {
   public:
    explicit Handlers(Interrupt& interrupt);
    Handlers(const Handlers&) = delete;
    Handlers& operator=(const Handlers&) = delete;
    ~Handlers();
  };

 private:
  std::atomic<bool> requested_ = false;
  std::atomic<Wakeup*> wakeup_ = nullptr;
  std::atomic<int> notifying_ = 0;
};

}  // namespace common
