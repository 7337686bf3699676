#include "measure.h"

#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <new>
#include <set>

namespace {

double microseconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
}

rusage used_by(int who) {
  rusage used{};
  ::getrusage(who, &used);
  return used;
}

}  // namespace

double processor_time() {
  return kernel_time() + microseconds(used_by(RUSAGE_SELF).ru_utime) +
         microseconds(used_by(RUSAGE_CHILDREN).ru_utime);
}

double kernel_time() {
  return microseconds(used_by(RUSAGE_SELF).ru_stime) +
         microseconds(used_by(RUSAGE_CHILDREN).ru_stime);
}

// ---- allocations
// ---------------------------------------------------------------------------------

namespace {
bool counting = false;  // not while anybody looks at the clock
std::atomic<std::size_t> counted = 0;
}  // namespace

void* operator new(std::size_t size) {
  if (counting) counted.fetch_add(1, std::memory_order_relaxed);
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

std::size_t allocations(const std::function<void()>& work) {
  counted = 0;
  counting = true;
  work();
  counting = false;
  return counted;
}

// ---- in a copy of this process
// -------------------------------------------------------------------

namespace {

using Figure = std::optional<std::size_t>;
using Tell = std::function<void(std::size_t figure)>;  // and ends the process

/// Runs `work` in a copy of this process, which ends when `work` does, if not before.
pid_t start_copy(const std::function<void()>& work) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  try {
    work();
  } catch (...) {
    ::_exit(1);
  }
  ::_exit(0);
}

/// The figure that `work`, in a copy of this process, tells.
Figure told_by_copy(const std::function<void(const Tell& tell)>& work) {
  int ends[2];
  if (::pipe(ends) != 0) return std::nullopt;
  const pid_t child = start_copy([&] {
    ::close(ends[0]);
    work([&](std::size_t figure) {
      const bool told = ::write(ends[1], &figure, sizeof figure) == sizeof figure;
      ::_exit(told ? 0 : 1);
    });
  });
  ::close(ends[1]);
  std::size_t figure = 0;
  const bool told = ::read(ends[0], &figure, sizeof figure) == sizeof figure;
  ::close(ends[0]);
  if (child > 0) ::waitpid(child, nullptr, 0);
  return told ? Figure(figure) : std::nullopt;
}

// ---- system calls
// --------------------------------------------------------------------------------

/// Follows `first` and all that it starts until nobody is left. Nothing if `first` ends badly.
Figure count_calls(pid_t first) {
  std::size_t calls = 0;
  bool ended_well = false;
  std::set<pid_t> inside;  // a call that has not returned
  for (;;) {
    int status = 0;
    const pid_t stopped = ::waitpid(-1, &status, __WALL);
    if (stopped < 0) return ended_well ? Figure(calls) : std::nullopt;
    if (!WIFSTOPPED(status)) {
      inside.erase(stopped);
      if (stopped == first) ended_well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
      continue;
    }
    int signal = WSTOPSIG(status);
    if (signal == (SIGTRAP | 0x80)) {  // at a call, or at its return
      signal = 0;
      if (inside.erase(stopped) == 0) {
        inside.insert(stopped);
        ++calls;
      }
    } else if (signal == SIGTRAP || signal == SIGSTOP) {  // somebody was started
      signal = 0;
    }
    ::ptrace(PTRACE_SYSCALL, stopped, nullptr, signal);
  }
}

}  // namespace

Figure system_calls(const std::function<void()>& work) {
  // In a copy, whose only children are those that it follows.
  return told_by_copy([&work](const Tell& tell) {
    const pid_t child = start_copy([&work] {
      if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(1);
      ::raise(SIGSTOP);
      work();
    });
    int status = 0;
    if (child < 0 || ::waitpid(child, &status, 0) != child || !WIFSTOPPED(status)) return;
    ::ptrace(PTRACE_SETOPTIONS, child, nullptr,
             PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
                 PTRACE_O_TRACEVFORK | PTRACE_O_EXITKILL);
    ::ptrace(PTRACE_SYSCALL, child, nullptr, 0);
    if (const auto calls = count_calls(child)) tell(*calls);
  });
}
