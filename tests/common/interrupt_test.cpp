#include "common/crawl/interrupt.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <csignal>
#include <memory>
#include <stdexcept>
#include <thread>

#include "common/net/wakeup.h"

namespace common {
namespace {

bool is_readable(int fd) {
  pollfd watched{fd, POLLIN, 0};
  return ::poll(&watched, 1, 0) == 1;
}

TEST(Interrupt, IsRequestedOnceAndForAll) {
  Interrupt interrupt;
  EXPECT_FALSE(interrupt.requested());
  interrupt.request();
  interrupt.request();
  EXPECT_TRUE(interrupt.requested());
  EXPECT_TRUE(interrupt.flag().load());
}

TEST(Interrupt, WakesTheOneThatIsAttached) {
  Interrupt interrupt;
  Wakeup wakeup;
  interrupt.attach(&wakeup);
  interrupt.request();
  EXPECT_TRUE(is_readable(wakeup.fd()));
  wakeup.clear();
  interrupt.attach(nullptr);
  interrupt.request();
  EXPECT_FALSE(is_readable(wakeup.fd()));
}

TEST(Interrupt, NeverTouchesAWakeupThatWasDetached) {
  Interrupt interrupt;
  std::atomic<bool> stop = false;
  std::thread requester([&] {
    while (!stop.load()) interrupt.request();
  });
  for (int i = 0; i < 20000; ++i) {
    // Under ThreadSanitizer: nobody notifies it when it is gone.
    const auto wakeup = std::make_unique<Wakeup>();
    interrupt.attach(wakeup.get());
    interrupt.attach(nullptr);
  }
  stop = true;
  requester.join();
  EXPECT_TRUE(interrupt.requested());
}

/// The tests may be a background job, in which SIGINT is ignored.
class InterruptHandlers : public testing::Test {
 protected:
  void SetUp() override {
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
  }
};

TEST_F(InterruptHandlers, RequestTheInterruptOnEitherSignal) {
  for (const int signal : {SIGINT, SIGTERM}) {
    Interrupt interrupt;
    const Interrupt::Handlers handlers(interrupt);
    Wakeup wakeup;
    interrupt.attach(&wakeup);
    std::raise(signal);
    EXPECT_TRUE(interrupt.requested());
    EXPECT_TRUE(is_readable(wakeup.fd()));
    interrupt.attach(nullptr);
  }
}

TEST_F(InterruptHandlers, PutBackWhatWasThereBefore) {
  struct sigaction before{};
  ::sigaction(SIGINT, nullptr, &before);
  {
    Interrupt interrupt;
    const Interrupt::Handlers handlers(interrupt);
    struct sigaction during{};
    ::sigaction(SIGINT, nullptr, &during);
    EXPECT_NE(during.sa_handler, before.sa_handler);
  }
  struct sigaction after{};
  ::sigaction(SIGINT, nullptr, &after);
  EXPECT_EQ(after.sa_handler, before.sa_handler);
}

TEST_F(InterruptHandlers, AreThereOnceAtATime) {
  Interrupt interrupt;
  const Interrupt::Handlers handlers(interrupt);
  EXPECT_THROW(Interrupt::Handlers second(interrupt), std::logic_error);
}

TEST_F(InterruptHandlers, LetCallsThatBlockComeBack) {
  Interrupt interrupt;
  const Interrupt::Handlers handlers(interrupt);
  for (const int signal : {SIGINT, SIGTERM}) {
    struct sigaction action{};
    ::sigaction(signal, nullptr, &action);
    EXPECT_EQ(action.sa_flags & SA_RESTART, 0);
  }
}

TEST_F(InterruptHandlers, LeaveAnIgnoredSignalIgnored) {
  for (const int signal : {SIGINT, SIGTERM}) {
    std::signal(signal, SIG_IGN);
    Interrupt interrupt;
    {
      const Interrupt::Handlers handlers(interrupt);
      std::raise(signal);
      EXPECT_FALSE(interrupt.requested());
    }
    EXPECT_EQ(std::signal(signal, SIG_DFL), SIG_IGN);
  }
}

void raise_twice() {
  std::signal(SIGINT, SIG_DFL);
  Interrupt interrupt;
  const Interrupt::Handlers handlers(interrupt);
  std::raise(SIGINT);
  std::raise(SIGTERM);
}

TEST(InterruptHandlersDeathTest, EndTheProcessOnTheSecondSignal) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(raise_twice(), testing::ExitedWithCode(130), "");
}

}  // namespace
}  // namespace common
