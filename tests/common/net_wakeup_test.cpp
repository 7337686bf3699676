#include "common/net/wakeup.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <cerrno>
#include <thread>

namespace common {
namespace {

/// Waits for at most a minute: only a wake-up that was lost takes so long.
bool readable(const Wakeup& wakeup, int timeout_ms) {
  pollfd watched{wakeup.fd(), POLLIN, 0};
  return ::poll(&watched, 1, timeout_ms) == 1;
}

TEST(Wakeup, IsReadableFromNotifyUntilClear) {
  Wakeup wakeup;
  EXPECT_FALSE(readable(wakeup, 0));
  EXPECT_FALSE(wakeup.clear());
  wakeup.notify();
  wakeup.notify();
  EXPECT_TRUE(readable(wakeup, 0));
  EXPECT_TRUE(wakeup.clear());
  EXPECT_FALSE(readable(wakeup, 0));
  EXPECT_FALSE(wakeup.clear());
  wakeup.notify();
  EXPECT_TRUE(readable(wakeup, 0));
}

TEST(Wakeup, LeavesErrnoAsItIs) {
  Wakeup wakeup;
  errno = ENOENT;
  wakeup.notify();
  EXPECT_EQ(errno, ENOENT);
}

TEST(Wakeup, LosesNothingBetweenThreads) {
  constexpr int turns = 20000;
  Wakeup wakeup;
  std::atomic<int> published = 0;
  std::thread notifier([&] {
    for (int i = 1; i <= turns; ++i) {
      published.store(i);
      wakeup.notify();
    }
  });
  int seen = 0;
  while (seen < turns) {
    if (!readable(wakeup, 60000)) {
      ADD_FAILURE() << "nobody woke us after " << seen;
      break;
    }
    wakeup.clear();
    seen = published.load();
  }
  notifier.join();
  wakeup.clear();
  EXPECT_FALSE(readable(wakeup, 0));
}

}  // namespace
}  // namespace common
