// Ctrl-C: a wish to stop that reaches a crawl wherever it waits.
#pragma once

#include <atomic>

namespace common {

class Wakeup;

/// Whether to stop, and whom to wake. `request` may be called from any thread and from a signal
/// handler.
class Interrupt {
 public:
  Interrupt() = default;
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  /// Asks the crawl to stop; wakes the one that is attached.
  void request() noexcept;
  bool requested() const noexcept { return requested_.load(); }

  /// The same as a flag to look at, for `Timing::cancelled`.
  const std::atomic<bool>& flag() const noexcept { return requested_; }

  /// The Frontier attaches its wake-up for as long as it lives; null detaches. When this returns,
  /// what was attached before is not being notified any more.
  void attach(Wakeup* wakeup) noexcept;

  /// While this lives, SIGINT and SIGTERM request the interrupt; the second one ends the process at
  /// once, with status 130. One that is ignored stays ignored (`nohup`, a background job). System
  /// calls that block are interrupted (EINTR). The Interrupt must outlive it. One at a time for a
  /// process: the second throws `std::logic_error`.
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
