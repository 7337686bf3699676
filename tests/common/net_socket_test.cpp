#include "common/net/socket.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/time.h>

#include <algorithm>
#include <csignal>
#include <string>
#include <vector>

#include "tests/common/net_peer.h"

namespace common {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::check;
using testing::Descriptor;
using testing::Listener;

/// Waits until the kernel knows more of `socket`; a minute passes only if it never does.
void wait_for(const Socket& socket, short events) {
  pollfd watched{socket.fd(), events, 0};
  ASSERT_EQ(::poll(&watched, 1, 60000), 1);
}

/// A socket and its peer, connected.
struct Connection {
  explicit Connection(Timing* timing = nullptr) : socket(AF_INET, timing) {
    listener.listen();
    if (!socket.connect(listener.endpoint())) {
      wait_for(socket, POLLOUT);
      socket.finish_connect();
    }
    peer = listener.accept();
  }

  Listener listener;
  Socket socket;
  Descriptor peer;
};

TEST(Socket, ConnectsWithoutBlockingToBothFamilies) {
  for (const char* address : {"127.0.0.1", "::1"}) {
    Listener listener(address);
    listener.listen();
    Socket socket(listener.endpoint().family());
    EXPECT_NE(::fcntl(socket.fd(), F_GETFL) & O_NONBLOCK, 0);
    EXPECT_NE(::fcntl(socket.fd(), F_GETFD) & FD_CLOEXEC, 0);
    if (!socket.connect(listener.endpoint())) {
      wait_for(socket, POLLOUT);
      socket.finish_connect();
    }
    const Descriptor peer = listener.accept();
    for (int again = 0; again < 2; ++again) EXPECT_TRUE(socket.connect(listener.endpoint()));
  }
}

TEST(Socket, SoErrorReportsARefusedConnection) {
  const Listener deaf;  // bound, so that nobody else gets the port, but it does not listen
  Timing timing;
  Socket socket(AF_INET, &timing);
  std::error_code error;
  if (!socket.connect(deaf.endpoint(), error) && !error) {
    wait_for(socket, POLLOUT);
    socket.finish_connect(error);
  }
  EXPECT_EQ(error, std::errc::connection_refused);
  EXPECT_NE(timing.connecting, TimePoint{});
  EXPECT_EQ(timing.connected, TimePoint{});
}

TEST(Socket, ThrowsWhatWentWrongAndInWhichCall) {
  const Listener deaf;
  Socket socket(AF_INET);
  socket.set_blocking(true);
  try {
    socket.connect(deaf.endpoint());
    ADD_FAILURE() << "nobody listens";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::connection_refused);
    EXPECT_EQ(error.what(), "connect to " + deaf.endpoint().to_string() + ": Connection refused");
  }
}

TEST(Socket, PassesBytesBothWaysAndReportsTheEnd) {
  Connection connection;
  EXPECT_EQ(connection.socket.recv(), std::nullopt) << "not now";
  EXPECT_EQ(connection.socket.send("question"), 8U);
  char buffer[16];
  ASSERT_EQ(::recv(connection.peer.get(), buffer, sizeof buffer, 0), 8);
  EXPECT_EQ(std::string(buffer, 8), "question");
  ASSERT_EQ(::send(connection.peer.get(), "answer", 6, 0), 6);
  connection.peer.close();
  wait_for(connection.socket, POLLIN);
  EXPECT_EQ(connection.socket.recv(), "answer");
  wait_for(connection.socket, POLLIN);
  EXPECT_EQ(connection.socket.recv(), "");
  EXPECT_EQ(connection.socket.recv_into(buffer), 0U);
}

TEST(Socket, TakesOneChunkAtATime) {
  Connection connection;
  const std::string much(3 * Socket::chunk_size, 'x');
  ASSERT_EQ(::send(connection.peer.get(), much.data(), much.size(), 0),
            static_cast<ssize_t>(much.size()));
  connection.peer.close();
  std::size_t total = 0;
  for (;;) {
    wait_for(connection.socket, POLLIN);
    const auto chunk = connection.socket.recv();
    ASSERT_TRUE(chunk);
    if (chunk->empty()) break;
    EXPECT_LE(chunk->size(), Socket::chunk_size);
    total += chunk->size();
  }
  EXPECT_EQ(total, much.size());
}

TEST(Socket, SendsLessThanAskedForWhenThePeerDoesNotRead) {
  Connection connection;
  const int small = 65536;
  check(::setsockopt(connection.socket.fd(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small),
        "setsockopt");
  std::string text(8 * 1024 * 1024, '.');
  for (std::size_t i = 0; i < text.size(); i += 1000) text[i] = static_cast<char>('a' + i % 26);
  std::size_t sent = connection.socket.send(text);
  EXPECT_GT(sent, 0U);
  ASSERT_LT(sent, text.size());

  std::string received;
  std::vector<char> buffer(1 << 20);
  std::size_t times_full = 0;
  while (received.size() < text.size()) {
    // All that fits, and only then does the peer read.
    while (sent < text.size()) {
      const std::size_t taken = connection.socket.send(std::string_view(text).substr(sent));
      if (taken == 0) break;
      sent += taken;
    }
    if (sent < text.size()) ++times_full;
    const ssize_t count = ::recv(connection.peer.get(), buffer.data(), buffer.size(), 0);
    ASSERT_GT(count, 0);
    received.append(buffer.data(), static_cast<std::size_t>(count));
  }
  EXPECT_GT(times_full, 0U);
  EXPECT_TRUE(received == text);
}

TEST(Socket, ReportsAResetAndABrokenPipeWithoutASignal) {
  Connection connection;
  const linger reset{1, 0};
  check(::setsockopt(connection.peer.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset),
        "setsockopt");
  connection.peer.close();
  wait_for(connection.socket, POLLIN);
  std::error_code error;
  EXPECT_EQ(connection.socket.recv(error), std::nullopt);
  EXPECT_EQ(error, std::errc::connection_reset);
  EXPECT_EQ(connection.socket.send("anyone?", error), 0U);
  EXPECT_EQ(error, std::errc::broken_pipe);
  EXPECT_THROW(connection.socket.send("anyone?"), std::system_error);
}

TEST(Socket, ClearsTheErrorWhenAllIsWell) {
  Connection connection;
  const auto stale = std::make_error_code(std::errc::io_error);
  std::error_code error = stale;
  connection.socket.recv(error);
  EXPECT_FALSE(error) << "not now is no error";
  error = stale;
  connection.socket.send("x", error);
  EXPECT_FALSE(error);
  error = stale;
  connection.socket.finish_connect(error);
  EXPECT_FALSE(error);
  error = stale;
  connection.socket.connect(connection.listener.endpoint(), error);
  EXPECT_FALSE(error);
  error = stale;
  const Socket another(AF_INET, nullptr, error);
  EXPECT_FALSE(error);
}

TEST(Socket, NotesWhenEachStepWasReached) {
  Timing timing;
  const TimePoint start = Clock::now();
  Connection connection(&timing);
  EXPECT_GE(timing.connecting, start);
  EXPECT_GE(timing.connected, timing.connecting);
  EXPECT_EQ(timing.sent, TimePoint{});

  connection.socket.send("one");
  const TimePoint sent = timing.sent;
  EXPECT_GE(sent, timing.connected);
  connection.socket.send("two");
  EXPECT_GT(timing.sent, sent) << "the last one counts";

  connection.socket.recv();
  EXPECT_EQ(timing.first_byte, TimePoint{}) << "nothing has come";
  ASSERT_EQ(::send(connection.peer.get(), "ab", 2, 0), 2);
  wait_for(connection.socket, POLLIN);
  char one[1];
  ASSERT_EQ(connection.socket.recv_into(one), 1U);
  const TimePoint first = timing.first_byte;
  EXPECT_GE(first, timing.sent);
  ASSERT_EQ(connection.socket.recv_into(one), 1U);
  EXPECT_EQ(timing.first_byte, first) << "the first one counts";
}

TEST(Socket, NotesNoFirstByteWhenTheStreamEndsWithoutOne) {
  Timing timing;
  Connection connection(&timing);
  connection.peer.close();
  wait_for(connection.socket, POLLIN);
  EXPECT_EQ(connection.socket.recv(), "");
  EXPECT_EQ(timing.first_byte, TimePoint{});
}

TEST(Socket, IsUnderTheConnectDeadlineUntilItIsConnected) {
  Timing timing;
  timing.connect_deadline = Clock::now() + seconds(1);
  timing.deadline = Clock::now() + seconds(2);
  EXPECT_EQ(Socket(AF_INET, &timing).deadline(), timing.connect_deadline);
  const Connection connection(&timing);
  EXPECT_EQ(connection.socket.deadline(), timing.deadline);
  EXPECT_EQ(Socket(AF_INET).deadline(), TimePoint::max());
}

TEST(Socket, ReturnsFromABlockingCallWhenItsTimeoutHasPassed) {
  Connection connection;
  connection.socket.set_blocking(true);
  connection.socket.set_timeout(milliseconds(20));
  const TimePoint start = Clock::now();
  EXPECT_EQ(connection.socket.recv(), std::nullopt);
  EXPECT_GE(Clock::now() - start, milliseconds(20));

  const std::string much(64 * 1024 * 1024, 'x');  // more than both ends buffer
  std::size_t sent = connection.socket.send(much);
  EXPECT_LT(sent, much.size());
  // On a busy machine the kernel may still move bytes to the peer, but once both ends are full,
  // none.
  for (int round = 0; round < 100 && sent > 0; ++round) sent = connection.socket.send(much);
  EXPECT_EQ(sent, 0U) << "a blocking send goes on although its timeout has passed";
}

TEST(Socket, TakesATimeoutThatIsUpAlreadyForAVeryShortOneNotForEver) {
  Connection connection;
  connection.socket.set_blocking(true);
  for (const Duration none : {Duration::zero(), Duration(1), Duration(-1), Duration::min()}) {
    connection.socket.set_timeout(none);
    EXPECT_EQ(connection.socket.recv(), std::nullopt);
  }
  connection.socket.set_timeout(Duration::max());
  ASSERT_EQ(::send(connection.peer.get(), "x", 1, 0), 1);
  EXPECT_EQ(connection.socket.recv(), "x");
}

/// A port of which the kernel answers nothing any more, as there is no room for another connection.
class FullListener {
 public:
  FullListener() {
    listener_.listen(0);
    for (int i = 0; i < 2; ++i) {
      waiting_.emplace_back(AF_INET);
      waiting_.back().connect(listener_.endpoint());
    }
  }
  const Endpoint& endpoint() const { return listener_.endpoint(); }

 private:
  Listener listener_;
  std::vector<Socket> waiting_;
};

TEST(Socket, TimeoutLeavesTheSocketUnconnected) {
  const FullListener full;
  Timing timing;
  Socket socket(AF_INET, &timing);
  socket.set_blocking(true);
  socket.set_timeout(milliseconds(20));
  const TimePoint start = Clock::now();
  EXPECT_FALSE(socket.connect(full.endpoint()));
  const TimePoint connecting = timing.connecting;
  EXPECT_GE(Clock::now() - start, milliseconds(20));
  EXPECT_FALSE(socket.connect(full.endpoint())) << "asked again, it waits again";
  EXPECT_GE(Clock::now() - start, milliseconds(40));
  EXPECT_EQ(timing.connecting, connecting) << "the first call counts";
  EXPECT_EQ(timing.connected, TimePoint{});

  Socket non_blocking(AF_INET);
  EXPECT_FALSE(non_blocking.connect(full.endpoint()));
  EXPECT_FALSE(non_blocking.connect(full.endpoint()));
}

/// A signal every 10 ms, whose handler does nothing but interrupt.
class Alarm {
 public:
  Alarm() {
    struct sigaction action{};
    action.sa_handler = [](int) {};
    check(::sigaction(SIGALRM, &action, &before_), "sigaction");
    const itimerval every{{0, 10000}, {0, 10000}};
    check(::setitimer(ITIMER_REAL, &every, nullptr), "setitimer");
  }
  ~Alarm() {
    const itimerval never{};
    ::setitimer(ITIMER_REAL, &never, nullptr);
    ::sigaction(SIGALRM, &before_, nullptr);
  }

 private:
  struct sigaction before_{};
};

TEST(Socket, SignalEndsABlockingCall) {
  Connection connection;
  connection.socket.set_blocking(true);
  const FullListener full;
  Socket connecting(AF_INET);
  connecting.set_blocking(true);

  const Alarm alarm;
  EXPECT_EQ(connection.socket.recv(), std::nullopt);
  EXPECT_FALSE(connecting.connect(full.endpoint()));
  const std::string much(64 * 1024 * 1024, 'x');
  while (connection.socket.send(much) > 0) {
  }
}

TEST(Socket, FailsWhenLocalPortsRunOut) {
  Listener listener;
  listener.listen();
  const Listener taken;
  Socket socket(AF_INET);
  // The one port that the kernel may choose is somebody else's.
  const int ip_local_port_range = 51;  // not in every <netinet/in.h>
  const std::uint32_t port = taken.endpoint().port();
  const std::uint32_t range = port << 16 | port;
  if (::setsockopt(socket.fd(), IPPROTO_IP, ip_local_port_range, &range, sizeof range) != 0) {
    GTEST_SKIP() << "this kernel has no IP_LOCAL_PORT_RANGE";
  }
  std::error_code error;
  EXPECT_FALSE(socket.connect(listener.endpoint(), error));
  EXPECT_EQ(error, std::errc::address_not_available);
}

TEST(Socket, ReportsRunningOutOfDescriptors) {
  rlimit before{};
  check(::getrlimit(RLIMIT_NOFILE, &before), "getrlimit");
  const rlimit none{0, before.rlim_max};
  check(::setrlimit(RLIMIT_NOFILE, &none), "setrlimit");
  std::error_code error;
  const Socket closed(AF_INET, nullptr, error);
  std::string text;
  try {
    const Socket unreachable(AF_INET);
  } catch (const std::system_error& thrown) {
    text = thrown.what();
  }
  check(::setrlimit(RLIMIT_NOFILE, &before), "setrlimit");
  EXPECT_EQ(error, std::errc::too_many_files_open);
  EXPECT_EQ(closed.fd(), -1);
  EXPECT_EQ(text, "socket: Too many open files");
}

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

TEST(Socket, LastOwnerClosesTheDescriptorOnce) {
  Socket first(AF_INET);
  const int fd = first.fd();
  Socket second(std::move(first));
  EXPECT_EQ(first.fd(), -1);
  EXPECT_EQ(second.fd(), fd);

  Socket third(AF_INET);
  const int replaced = third.fd();
  third = std::move(second);
  EXPECT_EQ(third.fd(), fd);
  EXPECT_FALSE(is_open(replaced));
  Socket& itself = third;
  third = std::move(itself);
  EXPECT_EQ(third.fd(), fd);
  EXPECT_TRUE(is_open(fd));

  third.close();
  EXPECT_EQ(third.fd(), -1);
  EXPECT_FALSE(is_open(fd));
  third.close();
}

TEST(Socket, IsOfNoUseWhenClosed) {
  Socket socket;
  const Endpoint anywhere = Endpoint::parse("127.0.0.1", 1).value();
  std::error_code error;
  EXPECT_FALSE(socket.connect(anywhere, error));
  EXPECT_EQ(error, std::errc::bad_file_descriptor);
  socket.finish_connect(error);
  EXPECT_EQ(error, std::errc::bad_file_descriptor);
  EXPECT_THROW(socket.recv(), std::system_error);
  EXPECT_THROW(socket.send("x"), std::system_error);
  EXPECT_THROW(socket.finish_connect(), std::system_error);
  EXPECT_THROW(socket.set_blocking(true), std::system_error);
  EXPECT_THROW(socket.set_timeout(seconds(1)), std::system_error);
}

TEST(Socket, HasOneErrorForADeadlineThatPassed) { EXPECT_EQ(timed_out(), std::errc::timed_out); }

}  // namespace
}  // namespace common
