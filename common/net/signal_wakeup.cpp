#include "common/net/signal_wakeup.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <system_error>
#include <thread>

namespace common {
namespace {

// What the handler needs: a signal handler gets no arguments of ours.
std::array<std::atomic<Wakeup*>, NSIG> told;
std::atomic<int> telling = 0;

void on_signal(int signal) {
  ++telling;
  if (Wakeup* wakeup = told.at(static_cast<std::size_t>(signal)).load()) wakeup->notify();
  --telling;
}

}  // namespace

SignalWakeup::SignalWakeup(int signal) : signal_(signal) {
  const auto refused = [] { throw std::system_error(errno, std::system_category(), "sigaction"); };
  if (signal < 0 || signal >= NSIG) {
    errno = EINVAL;
    refused();
  }
  auto& wakeup = told[static_cast<std::size_t>(signal)];
  Wakeup* none = nullptr;
  if (!wakeup.compare_exchange_strong(none, &wakeup_)) return;
  struct sigaction action = {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  if (::sigaction(signal, &action, &previous_) != 0) {
    wakeup = nullptr;
    refused();
  }
  told_ = true;
}

SignalWakeup::~SignalWakeup() {
  if (!told_) return;
  ::sigaction(signal_, &previous_, nullptr);
  told[static_cast<std::size_t>(signal_)] = nullptr;
  // Another thread may still be inside the handler.
  while (telling.load() != 0) std::this_thread::yield();
}

}  // namespace common
