#include "common/net/signal_wakeup.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <system_error>
#include <thread>

namespace common {
namespace {

bool readable(const SignalWakeup& wakeup) {
  pollfd watched{wakeup.fd(), POLLIN, 0};
  return ::poll(&watched, 1, 0) == 1;
}

int handled = 0;
void handle(int) { ++handled; }

TEST(SignalWakeup, IsReadableFromTheSignalUntilClear) {
  SignalWakeup wakeup(SIGUSR2);
  EXPECT_FALSE(readable(wakeup));
  EXPECT_FALSE(wakeup.clear());
  ::raise(SIGUSR2);
  ::raise(SIGUSR2);
  EXPECT_TRUE(readable(wakeup));
  EXPECT_TRUE(wakeup.clear());
  EXPECT_FALSE(readable(wakeup));
  ::raise(SIGUSR2);
  EXPECT_TRUE(wakeup.clear());
}

TEST(SignalWakeup, LeavesTheSignalAsItWasBefore) {
  const auto before = ::signal(SIGUSR2, handle);
  handled = 0;
  {
    SignalWakeup wakeup(SIGUSR2);
    ::raise(SIGUSR2);
    EXPECT_EQ(handled, 0);
  }
  ::raise(SIGUSR2);
  EXPECT_EQ(handled, 1);
  ::signal(SIGUSR2, before);
}

TEST(SignalWakeup, OnlyTheFirstOfSeveralIsNotified) {
  SignalWakeup first(SIGUSR2);
  {
    SignalWakeup second(SIGUSR2);
    ::raise(SIGUSR2);
    EXPECT_FALSE(readable(second));
  }
  EXPECT_TRUE(first.clear());
  ::raise(SIGUSR2);  // the end of the second changed nothing
  EXPECT_TRUE(first.clear());
}

TEST(SignalWakeup, EachSignalNotifiesItsOwn) {
  SignalWakeup one(SIGUSR1);
  SignalWakeup two(SIGUSR2);
  ::raise(SIGUSR1);
  EXPECT_TRUE(readable(one));
  EXPECT_FALSE(readable(two));
}

TEST(SignalWakeup, InvalidSignalIsAnErrorWithoutLeaks) {
  for (const int none : {-1, NSIG, SIGKILL}) EXPECT_THROW(SignalWakeup{none}, std::system_error);
  for (int i = 0; i < 2; ++i) EXPECT_THROW(SignalWakeup{SIGKILL}, std::system_error);
}

TEST(SignalWakeup, SignalDuringTheDestructorIsHarmless) {
  const auto before = ::signal(SIGUSR2, SIG_IGN);
  std::atomic<bool> stop = false;
  std::thread sender([&] {
    while (!stop.load()) ::kill(::getpid(), SIGUSR2);
  });
  for (int i = 0; i < 2000; ++i) {
    // Under ThreadSanitizer: nobody notifies it when it is gone.
    const auto wakeup = std::make_unique<SignalWakeup>(SIGUSR2);
    wakeup->clear();
  }
  stop = true;
  sender.join();
  ::signal(SIGUSR2, before);
}

}  // namespace
}  // namespace common
