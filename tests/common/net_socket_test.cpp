#include "common/net/socket.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/time.h>

#include <csignal>
#include <string>

#include "tests/common/net_peer.h"

namespace common {
namespace {

using std::chrono::microseconds;
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
    EXPECT_TRUE(socket.connect(listener.endpoint())) << "asked again, it stands";
  }
}

TEST(Socket, TellsThroughSoErrorThatAConnectionWasRefused) {
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

TEST(Socket, PassesBytesInBothDirectionsAndTellsTheEndOfTheStream) {
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

}  // namespace
}  // namespace common
