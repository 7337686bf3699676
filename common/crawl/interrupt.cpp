#include "common/crawl/interrupt.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "common/net/wakeup.h"
#include "common/process/process.h"

namespace common {
namespace {

// What the handler needs: a signal handler gets no arguments of ours.
std::atomic<Interrupt*> current = nullptr;
std::atomic<int> handling = 0;
std::atomic<bool> stderr_is_terminal = false;
struct sigaction previous_int;
struct sigaction previous_term;

void on_signal(int) {
  const int saved_errno = errno;
  ++handling;
  if (Interrupt* interrupt = current.load()) {
    if (interrupt->requested()) {
      // The user insists. Only calls that are allowed in a signal handler: nothing is cleaned up.
      if (stderr_is_terminal.load()) (void)!::write(STDERR_FILENO, "\n", 1);
      ::_exit(130);
    }
    interrupt->request();
  }
  --handling;
  errno = saved_errno;
}

}  // namespace

void Interrupt::request() noexcept {
  requested_.store(true);
  // `attach` waits for this count, so that the wake-up is not taken away under our hands.
  ++notifying_;
  if (Wakeup* wakeup = wakeup_.load()) wakeup->notify();
  --notifying_;
}

void Interrupt::attach(Wakeup* wakeup) noexcept {
  wakeup_.store(wakeup);
  while (notifying_.load() != 0) std::this_thread::yield();
}

Interrupt::Handlers::Handlers(Interrupt& interrupt) {
  Interrupt* none = nullptr;
  if (!current.compare_exchange_strong(none, &interrupt)) {
    throw std::logic_error("the signal handlers are installed already");
  }
  stderr_is_terminal = ::isatty(STDERR_FILENO) != 0;

  struct sigaction action{};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  // One of the two never interrupts the other's handler, so "the second one" is well defined.
  sigaddset(&action.sa_mask, SIGINT);
  sigaddset(&action.sa_mask, SIGTERM);
  action.sa_flags = 0;  // no SA_RESTART: a call that blocks is to come back with EINTR
  ::sigaction(SIGINT, is_ignored(SIGINT) ? nullptr : &action, &previous_int);
  ::sigaction(SIGTERM, is_ignored(SIGTERM) ? nullptr : &action, &previous_term);
}

Interrupt::Handlers::~Handlers() {
  ::sigaction(SIGINT, &previous_int, nullptr);
  ::sigaction(SIGTERM, &previous_term, nullptr);
  current.store(nullptr);
  // Another thread may still be inside the handler, and the Interrupt about to be destroyed.
  while (handling.load() != 0) std::this_thread::yield();
}

}  // namespace common
