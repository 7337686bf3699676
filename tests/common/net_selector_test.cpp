#include "common/net/selector.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <limits>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <vector>

#include "common/net/platform.h"
#include "common/net/registrations.h"
#include "tests/common/net_peer.h"

namespace common {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using testing::check;
using testing::Descriptor;

/// Two connected ends: what is written to one can be read from the other.
struct Pair {
  Pair() {
    int ends[2];
    check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), "socketpair");
    near = Descriptor(ends[0]);
    far = Descriptor(ends[1]);
  }
  void make_near_readable() const { ASSERT_EQ(::write(far.get(), "x", 1), 1); }

  Descriptor near;
  Descriptor far;
};

class SelectorTest : public ::testing::TestWithParam<Selector::Kind> {
 protected:
  std::span<const Selector::Ready> select_now() { return selector->select(milliseconds(0)); }

  std::unique_ptr<Selector> selector = Selector::make(GetParam());
};

INSTANTIATE_TEST_SUITE_P(OfThisSystem, SelectorTest, ::testing::ValuesIn(Selector::kinds()),
                         [](const auto& kind) { return Selector::name_of(kind.param); });

TEST_P(SelectorTest, ReportsReadyDescriptorsAndTheirEvents) {
  const Pair one;
  const Pair two;
  const Selector::Id reads = selector->register_fd(one.near.get(), event_read);
  const Selector::Id writes = selector->register_fd(two.near.get(), event_write);
  one.make_near_readable();

  const auto answer = select_now();
  std::vector<Selector::Ready> ready(answer.begin(), answer.end());
  std::sort(ready.begin(), ready.end(), [](auto& a, auto& b) { return a.id < b.id; });
  ASSERT_EQ(ready.size(), 2U);
  EXPECT_EQ(ready[0].id, reads);
  EXPECT_EQ(ready[0].fd, one.near.get());
  EXPECT_EQ(ready[0].events, event_read);
  EXPECT_EQ(ready[1].id, writes);
  EXPECT_EQ(ready[1].fd, two.near.get());
  EXPECT_EQ(ready[1].events, event_write);
}

TEST_P(SelectorTest, ReportsOnlyWhatWasAskedFor) {
  const Pair pair;
  pair.make_near_readable();
  selector->register_fd(pair.near.get(), event_write);
  ASSERT_EQ(select_now().size(), 1U);
  EXPECT_EQ(select_now()[0].events, event_write);
  selector->unregister_fd(pair.near.get());
  selector->register_fd(pair.near.get(), event_read | event_write);
  ASSERT_EQ(select_now().size(), 1U);
  EXPECT_EQ(select_now()[0].events, event_read | event_write);
}

TEST_P(SelectorTest, ReportsAsLongAsADescriptorIsReady) {
  const Pair pair;
  selector->register_fd(pair.near.get(), event_read);
  EXPECT_TRUE(select_now().empty());
  pair.make_near_readable();
  EXPECT_EQ(select_now().size(), 1U);
  EXPECT_EQ(select_now().size(), 1U);
  char byte;
  ASSERT_EQ(::read(pair.near.get(), &byte, 1), 1);
  EXPECT_TRUE(select_now().empty());
}

TEST_P(SelectorTest, ReportsTheEndOfTheStreamAsReadable) {
  Pair pair;
  selector->register_fd(pair.near.get(), event_read);
  pair.far.close();
  ASSERT_EQ(select_now().size(), 1U);
  EXPECT_EQ(select_now()[0].events, event_read);
}

TEST_P(SelectorTest, CountsAnErrorOrAHangUpAsAllThatWasAskedFor) {
  int ends[2];
  check(::pipe(ends), "pipe");
  Descriptor reads(ends[0]);
  const Descriptor writes(ends[1]);
  std::string block(65536, 'x');
  ASSERT_EQ(::write(writes.get(), block.data(), block.size()), 65536) << "the pipe is to be full";
  selector->register_fd(writes.get(), event_write);
  EXPECT_TRUE(select_now().empty());
  reads.close();
  ASSERT_EQ(select_now().size(), 1U);
  EXPECT_EQ(select_now()[0].events, event_write);

  Pair pair;
  selector->register_fd(pair.near.get(), event_read);
  pair.make_near_readable();
  pair.far.close();
  const auto ready = select_now();
  const auto found = std::find_if(ready.begin(), ready.end(),
                                  [&](auto& one) { return one.fd == pair.near.get(); });
  ASSERT_NE(found, ready.end());
  EXPECT_EQ(found->events, event_read) << "never more than was asked for";
}

TEST_P(SelectorTest, ReportsNothingOfARegistrationThatEnded) {
  const Pair pair;
  pair.make_near_readable();
  const Selector::Id id = selector->register_fd(pair.near.get(), event_read);
  EXPECT_EQ(selector->unregister_fd(pair.near.get()), id);
  EXPECT_TRUE(select_now().empty());
}

TEST_P(SelectorTest, NeverUsesAnIdAgainThoughDescriptorsAre) {
  const Pair lasting;
  lasting.make_near_readable();
  Pair brief;
  brief.make_near_readable();
  selector->register_fd(lasting.near.get(), event_read);
  const Selector::Id before = selector->register_fd(brief.near.get(), event_read);
  const int number = brief.near.get();

  const auto batch = select_now();
  ASSERT_EQ(batch.size(), 2U);
  // Whoever is called first closes the other one and opens a new one, which gets its number.
  selector->unregister_fd(number);
  brief.near.close();
  const Pair fresh;
  const Descriptor reused(check(::dup2(fresh.near.get(), number), "dup2"));
  const Selector::Id after = selector->register_fd(number, event_read);
  EXPECT_NE(before, after);

  // The batch in hand still tells of the old one, and its id tells that it is gone.
  EXPECT_EQ(std::count_if(batch.begin(), batch.end(), [&](auto& one) { return one.id == before; }),
            1);
  EXPECT_EQ(std::count_if(batch.begin(), batch.end(), [&](auto& one) { return one.id == after; }),
            0);
  const auto next = select_now();
  ASSERT_EQ(next.size(), 1U);
  EXPECT_EQ(next[0].fd, lasting.near.get());
  selector->unregister_fd(number);
}

TEST_P(SelectorTest, KeepsTheOthersWhenOneRegistrationEnds) {
  std::vector<Pair> pairs(5);
  for (const Pair& pair : pairs) {
    selector->register_fd(pair.near.get(), event_read);
    pair.make_near_readable();
  }
  // From the front, from the end, from the middle.
  std::vector<std::size_t> left{0, 1, 2, 3, 4};
  for (const std::size_t gone : {0U, 4U, 3U, 1U}) {
    selector->unregister_fd(pairs[gone].near.get());
    std::erase(left, gone);
    std::vector<int> expected;
    for (const std::size_t index : left) expected.push_back(pairs[index].near.get());
    std::vector<int> ready;
    for (const auto& one : select_now()) ready.push_back(one.fd);
    std::sort(expected.begin(), expected.end());
    std::sort(ready.begin(), ready.end());
    EXPECT_EQ(ready, expected);
  }
}

TEST_P(SelectorTest, ClosingARegisteredDescriptorIsAnError) {
  Pair pair;
  const int fd = pair.near.get();
  selector->register_fd(fd, event_read);
  pair.near.close();
  const std::string text =
      "descriptor " + std::to_string(fd) + " was closed before it was unregistered";
  try {
    // epoll forgets it without a word, so this cannot be found out before it is unregistered.
    if (GetParam() == Selector::Kind::poll) select_now();
    selector->unregister_fd(fd);
    ADD_FAILURE() << "expected: " << text;
  } catch (const std::logic_error& error) {
    EXPECT_EQ(error.what(), text);
  }
}

TEST(EpollSelector, RegistersNothingWhenTheKernelRefuses) {
  if (!TUTORIAL_LINUX) {
    EXPECT_THROW((void)Selector::make(Selector::Kind::epoll), std::system_error);
    return;
  }
  const auto selector = Selector::make(Selector::Kind::epoll);
  Pair pair;
  const int fd = pair.near.get();
  pair.near.close();
  EXPECT_THROW(selector->register_fd(fd, event_read), std::system_error);
  EXPECT_EQ(selector->counts().registered, 0U);
  const Pair again;
  ASSERT_EQ(again.near.get(), fd) << "the lowest number that is free";
  selector->register_fd(fd, event_read);
  again.make_near_readable();
  EXPECT_EQ(selector->select(std::nullopt).size(), 1U);
}

TEST_P(SelectorTest, CountsRegistrations) {
  const Pair pair;
  selector->register_fd(pair.near.get(), event_read);
  selector->register_fd(pair.far.get(), event_read);
  EXPECT_THROW(selector->register_fd(pair.far.get(), event_read), std::logic_error);
  selector->unregister_fd(pair.near.get());
  EXPECT_EQ(selector->counts().registered, 2U);
  EXPECT_EQ(selector->counts().unregistered, 1U);
}

TEST_P(SelectorTest, SaysWhichDescriptorWasMisused) {
  const Pair pair;
  const int fd = pair.near.get();
  const std::string name = "descriptor " + std::to_string(fd) + " ";
  const auto expect_misuse = [](const std::string& text, auto misuse) {
    try {
      misuse();
      ADD_FAILURE() << "expected: " << text;
    } catch (const std::logic_error& error) {
      EXPECT_EQ(error.what(), text);
    }
  };
  expect_misuse(name + "is not registered", [&] { selector->unregister_fd(fd); });
  expect_misuse("descriptor -1 is not registered", [&] { selector->unregister_fd(-1); });
  expect_misuse("descriptor -1 cannot be registered: it is closed",
                [&] { selector->register_fd(-1, event_read); });
  expect_misuse(name + "must be registered for reading, writing or both",
                [&] { selector->register_fd(fd, 0); });
  expect_misuse(name + "must be registered for reading, writing or both",
                [&] { selector->register_fd(fd, 4); });
  selector->register_fd(fd, event_read);
  expect_misuse(name + "is registered already", [&] { selector->register_fd(fd, event_write); });
}

// ---- watch, edge-triggered
// -----------------------------------------------------------------------------------------

TEST_P(SelectorTest, ReportsAWatchedDescriptorThatIsReadyOnce) {
  const Pair pair;
  pair.make_near_readable();
  const Selector::Id id = selector->watch(pair.near.get(), event_read);
  const auto answer = select_now();
  ASSERT_EQ(answer.size(), 1U);
  EXPECT_EQ(answer[0].id, id);
  EXPECT_EQ(answer[0].fd, pair.near.get());
  EXPECT_EQ(answer[0].events, event_read);
  EXPECT_TRUE(select_now().empty()) << "nobody waits any more";
  EXPECT_TRUE(select_now().empty());
}

TEST_P(SelectorTest, ReportsAWatchedDescriptorAgainForNewBytes) {
  const Pair pair;
  const Selector::Id id = selector->watch(pair.near.get(), event_read);
  EXPECT_TRUE(select_now().empty());
  for (int time = 0; time < 3; ++time) {
    pair.make_near_readable();
    EXPECT_EQ(select_now().size(), 1U);
    char byte;
    ASSERT_EQ(::read(pair.near.get(), &byte, 1), 1);
    EXPECT_EQ(selector->watch(pair.near.get(), event_read), id);
    EXPECT_TRUE(select_now().empty());
  }
}

TEST_P(SelectorTest, EarlyBytesAreReportedToTheNextWait) {
  const Pair pair;
  selector->watch(pair.near.get(), event_read);
  pair.make_near_readable();
  EXPECT_EQ(select_now().size(), 1U);
  char byte;
  ASSERT_EQ(::read(pair.near.get(), &byte, 1), 1);
  pair.make_near_readable();
  selector->watch(pair.near.get(), event_read);
  EXPECT_EQ(select_now().size(), 1U);
}

TEST_P(SelectorTest, ReportsRoomToEachWaiter) {
  const Pair pair;
  selector->watch(pair.near.get(), event_read);
  EXPECT_TRUE(select_now().empty()) << "room is not reported to whoever waits for bytes";
  for (int time = 0; time < 3; ++time) {
    selector->watch(pair.near.get(), event_write);
    const auto answer = select_now();
    ASSERT_EQ(answer.size(), 1U);
    EXPECT_EQ(answer[0].events, event_write);
    EXPECT_TRUE(select_now().empty());
  }
}

TEST_P(SelectorTest, WatchesForBytesAfterRoomWasReported) {
  const Pair pair;
  selector->watch(pair.near.get(), event_read);
  selector->watch(pair.near.get(), event_write);
  ASSERT_EQ(select_now().size(), 1U);
  pair.make_near_readable();
  const auto answer = select_now();
  ASSERT_EQ(answer.size(), 1U);
  EXPECT_NE(answer[0].events & event_read, 0U);
}

TEST_P(SelectorTest, ReportsTheEndOfAWatchedStreamAsReadable) {
  Pair pair;
  selector->watch(pair.near.get(), event_read);
  pair.make_near_readable();
  check(::shutdown(pair.far.get(), SHUT_WR), "shutdown");
  const auto answer = select_now();
  ASSERT_EQ(answer.size(), 1U);
  const Events end = GetParam() == Selector::Kind::epoll ? event_end : 0;
  EXPECT_EQ(answer[0].events, event_read | end);
}

TEST_P(SelectorTest, ReportsAResetAsReadableAndNotAsTheEnd) {
  testing::Listener listener;
  listener.listen();
  const Endpoint& address = listener.endpoint();
  const Descriptor near(check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
  check(::connect(near.get(), address.data(), address.size()), "connect");
  selector->watch(near.get(), event_read);
  {
    const Descriptor far = listener.accept();
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    check(::setsockopt(far.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), "setsockopt");
  }
  const auto answer = selector->select(std::chrono::minutes(1));
  ASSERT_EQ(answer.size(), 1U);
  const Events error = GetParam() == Selector::Kind::epoll ? event_error : 0;
  EXPECT_EQ(answer[0].events, event_read | error);
}

TEST_P(SelectorTest, ClosedPeerDoesNotKeepTheSelectorBusy) {
  Pair pair;
  selector->watch(pair.near.get(), event_read);
  pair.far.close();
  EXPECT_EQ(select_now().size(), 1U);
  EXPECT_TRUE(select_now().empty());
}

TEST_P(SelectorTest, ForgetsBeforeClosing) {
  Pair lasting;
  Pair brief;
  selector->register_fd(lasting.near.get(), event_read);
  const Selector::Id id = selector->watch(brief.near.get(), event_read);
  brief.make_near_readable();
  const int number = brief.near.get();
  EXPECT_EQ(selector->forget(number), id);
  EXPECT_TRUE(select_now().empty());
  brief.near.close();
  EXPECT_EQ(selector->counts().registered, 2U);
  EXPECT_EQ(selector->counts().unregistered, 1U);

  const Descriptor reused(check(::dup2(lasting.far.get(), number), "dup2"));
  EXPECT_NE(selector->watch(number, event_write), id) << "a new registration";
  lasting.make_near_readable();
  EXPECT_EQ(select_now().size(), 2U);
}

TEST_P(SelectorTest, WatchesNothingThatIsRegisteredOrThatTheKernelRefuses) {
  Pair pair;
  const int fd = pair.near.get();
  selector->register_fd(fd, event_read);
  EXPECT_THROW(selector->watch(fd, event_read), std::logic_error);
  selector->unregister_fd(fd);
  EXPECT_THROW(selector->forget(fd), std::logic_error);
  if (GetParam() == Selector::Kind::poll) return;  // it looks at a descriptor when it selects
  pair.near.close();
  EXPECT_THROW(selector->watch(fd, event_read), std::system_error);
  EXPECT_EQ(selector->counts().registered, 1U);
}

TEST_P(SelectorTest, ForgetsNothingThatIsRegistered) {
  const Pair pair;
  const int fd = pair.near.get();
  const Selector::Id id = selector->register_fd(fd, event_read);
  EXPECT_THROW(selector->forget(fd), std::logic_error);
  EXPECT_EQ(selector->counts().unregistered, 0U);
  pair.make_near_readable();
  EXPECT_EQ(select_now().size(), 1U) << "it is registered still";
  EXPECT_EQ(selector->unregister_fd(fd), id);
  EXPECT_TRUE(select_now().empty());
}

TEST_P(SelectorTest, UnregistersNothingThatIsWatched) {
  const Pair pair;
  const int fd = pair.near.get();
  const Selector::Id id = selector->watch(fd, event_read);
  EXPECT_THROW(selector->unregister_fd(fd), std::logic_error);
  EXPECT_EQ(selector->counts().unregistered, 0U);
  pair.make_near_readable();
  EXPECT_EQ(select_now().size(), 1U) << "it is watched still";
  EXPECT_EQ(selector->forget(fd), id);
  EXPECT_THROW(selector->forget(fd), std::logic_error) << "once is enough";
}

TEST_P(SelectorTest, WatchesForReadingOrWritingAndNothingElse) {
  const Pair pair;
  const int fd = pair.near.get();
  const auto refuses = [&] {
    for (const Events events : {Events{0}, event_end, event_read | event_error}) {
      EXPECT_THROW(selector->watch(fd, events), std::logic_error) << events;
    }
  };
  refuses();
  EXPECT_EQ(selector->counts().registered, 0U);
  selector->watch(fd, event_read);
  refuses();  // a wait that is not the first is held to the same
  for (const Events events : {Events{0}, event_end}) {
    EXPECT_THROW(selector->register_fd(pair.far.get(), events), std::logic_error) << events;
  }
  EXPECT_THROW(selector->watch(-1, event_read), std::logic_error);
}

// A copy of what was closed here is open in a child process, so that the kernel goes on telling of
// it, under a number that is another's by now.
TEST_P(SelectorTest, ReusedNumberGetsNoEventsOfTheClosedOne) {
  Pair old;
  const Pair successor;
  const Pair keeps_the_child;
  const int number = old.near.get();
  const Selector::Id old_id = selector->watch(number, event_read);
  const pid_t child = ::fork();
  if (child == 0) {
    old.far.close();  // only the parent's is left: closing that is a hang-up
    ::shutdown(keeps_the_child.far.get(), SHUT_WR);
    char byte;
    while (::read(keeps_the_child.far.get(), &byte, 1) < 0) ::usleep(1000);
    ::_exit(0);
  }
  char byte;
  while (::read(keeps_the_child.near.get(), &byte, 1) < 0) ::usleep(1000);  // it has come so far
  selector->forget(number);
  old.near.close();
  const Descriptor reused(check(::dup2(successor.near.get(), number), "dup2"));
  const Selector::Id id = selector->watch(number, event_read);
  EXPECT_NE(id, old_id);
  EXPECT_TRUE(select_now().empty());

  old.far.close();
  EXPECT_TRUE(select_now().empty()) << "that was the old one's hang-up";
  successor.make_near_readable();
  const auto answer = select_now();
  ASSERT_EQ(answer.size(), 1U);
  EXPECT_EQ(answer[0].id, id);
  EXPECT_EQ(answer[0].events, event_read);

  ::shutdown(keeps_the_child.near.get(), SHUT_WR);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
}

TEST_P(SelectorTest, WaitsNoShorterThanItsTimeout) {
  const auto start = Clock::now();
  EXPECT_TRUE(selector->select(microseconds(2500)).empty());
  EXPECT_GE(Clock::now() - start, microseconds(2500));
}

TEST_P(SelectorTest, DoesNotWaitWhenTheTimeIsUpAlready) {
  const auto start = Clock::now();
  EXPECT_TRUE(selector->select(-hours(1)).empty());
  EXPECT_TRUE(selector->select(Duration::min()).empty());
  EXPECT_LT(Clock::now() - start, hours(1));
}

TEST_P(SelectorTest, WaitsForAsLongAsItTakes) {
  for (const auto timeout : {std::optional<Duration>(), std::optional(Duration::max())}) {
    const Pair pair;
    selector->register_fd(pair.near.get(), event_read);
    std::thread writer([&] { pair.make_near_readable(); });
    EXPECT_EQ(selector->select(timeout).size(), 1U);
    writer.join();
    selector->unregister_fd(pair.near.get());
  }
}

TEST(SelectorTimeout, IsRoundedUpToMillisecondsWithinWhatTheKernelTakes) {
  using std::chrono::nanoseconds;
  EXPECT_EQ(to_milliseconds(std::nullopt), -1);
  EXPECT_EQ(to_milliseconds(nanoseconds(0)), 0);
  EXPECT_EQ(to_milliseconds(nanoseconds(1)), 1);
  EXPECT_EQ(to_milliseconds(milliseconds(7)), 7);
  EXPECT_EQ(to_milliseconds(milliseconds(7) + nanoseconds(1)), 8);
  EXPECT_EQ(to_milliseconds(nanoseconds(-1)), 0);
  EXPECT_EQ(to_milliseconds(milliseconds(-7)), 0);
  EXPECT_EQ(to_milliseconds(Duration::min()), 0);
  EXPECT_EQ(to_milliseconds(Duration::max()), std::numeric_limits<int>::max());
  EXPECT_EQ(to_milliseconds(hours(24 * 365)), std::numeric_limits<int>::max());
}

TEST_P(SelectorTest, AnswersNothingWhenASignalCame) {
  struct sigaction action{};
  struct sigaction before{};
  action.sa_handler = [](int) {};
  check(::sigaction(SIGALRM, &action, &before), "sigaction");
  const itimerval soon_and_again{{0, 20000}, {0, 20000}};
  check(::setitimer(ITIMER_REAL, &soon_and_again, nullptr), "setitimer");
  EXPECT_TRUE(selector->select(std::chrono::minutes(1)).empty());
  const itimerval never{};
  check(::setitimer(ITIMER_REAL, &never, nullptr), "setitimer");
  check(::sigaction(SIGALRM, &before, nullptr), "sigaction");
}

TEST_P(SelectorTest, ServesAllWhenMoreAreReadyThanOneCallReturns) {
  rlimit limit{};
  check(::getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
  ASSERT_GE(limit.rlim_cur, 800U);
  std::vector<Pair> pairs(350);
  std::vector<int> ready_at_last;
  for (const Pair& pair : pairs) {
    selector->register_fd(pair.near.get(), event_write);
    selector->register_fd(pair.far.get(), event_write);
  }
  for (int turn = 0; turn < 5; ++turn) {
    ready_at_last.clear();
    for (const auto& ready : select_now()) ready_at_last.push_back(ready.fd);
  }
  EXPECT_EQ(ready_at_last.size(), 700U);
  std::sort(ready_at_last.begin(), ready_at_last.end());
  EXPECT_EQ(std::unique(ready_at_last.begin(), ready_at_last.end()), ready_at_last.end());
}

TEST(Selector, KnowsWhatThisSystemHasBest) {
  EXPECT_EQ(Selector::default_kind(),
            TUTORIAL_LINUX ? Selector::Kind::epoll : Selector::Kind::poll);
  EXPECT_EQ(Selector::kinds().size(), TUTORIAL_LINUX ? 2U : 1U);
  EXPECT_EQ(Selector::kinds().back(), Selector::Kind::poll);
  EXPECT_NE(Selector::make(), nullptr);
}

}  // namespace
}  // namespace common
