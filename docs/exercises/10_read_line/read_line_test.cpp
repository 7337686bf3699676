// Exercise 10. The test of start/read_line.h, or of the solution.
#include "read_line.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

#include "common/net/clock.h"
#include "common/net/socket.h"
#include "stage4_yield_from/event_loop.h"
#include "stage4_yield_from/task.h"
#include "tests/common/net_peer.h"

namespace {

using stage4::Sent;
using stage4::Task;
using stage4::Value;
using std::chrono::seconds;

class ReadLineTest : public testing::Test {
 protected:
  ReadLineTest() {
    listener.listen();
    sock = common::Socket(listener.endpoint().family());
    sock.connect(listener.endpoint());
    peer = listener.accept();
    sock.finish_connect();
  }

  void send(std::string_view bytes) {
    ASSERT_EQ(::send(peer.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  auto start(std::size_t longest = 100) {
    return std::make_unique<Task<ReadLine>>(loop,
                                            std::make_unique<ReadLine>(loop, sock, rest, longest));
  }
  // Reads one line, of which everything has been sent.
  Value read(std::size_t longest = 100) {
    const auto task = start(longest);
    task->add_done_callback([this] { loop.stop(); });
    const auto enough = loop.call_at(common::Clock::now() + seconds(2), [this] { loop.stop(); });
    loop.run();
    return task->done() ? task->result() : "(it still waits)";
  }
  // Lets the loop find what was sent.
  void turn() {
    loop.call_soon([this] { loop.call_soon([this] { loop.stop(); }); });
    loop.run();
  }

  stage4::EventLoop loop;
  common::testing::Listener listener;
  common::Socket sock;
  common::testing::Descriptor peer;
  std::string rest;
};

TEST_F(ReadLineTest, ReturnsALineWithItsEnd) {
  send("one\n");
  EXPECT_EQ(read(), "one\n");
}

TEST_F(ReadLineTest, WaitsUntilTheLineIsWhole) {
  const auto task = start();
  for (const char byte : std::string("slow")) {
    send({&byte, 1});
    turn();
    EXPECT_FALSE(task->done());
  }
  send("\n");
  loop.run();
  ASSERT_TRUE(task->done());
  EXPECT_EQ(task->result(), "slow\n");
}

TEST_F(ReadLineTest, KeepsExtraBytesForTheNextLine) {
  send("one\ntwo\n\nthr");
  EXPECT_EQ(read(), "one\n");
  EXPECT_EQ(read(), "two\n");
  EXPECT_EQ(read(), "\n");
  send("ee\n");
  EXPECT_EQ(read(), "three\n");
  EXPECT_EQ(rest, "");
}

TEST_F(ReadLineTest, DoesNotWaitForALineThatIsThereAlready) {
  rest = "one\ntwo\n";
  ReadLine machine(loop, sock, rest, 100);
  Sent sent;
  auto step = machine.resume(sent);
  ASSERT_TRUE(step.returned());
  EXPECT_EQ(step.value(), "one\n");
  EXPECT_EQ(rest, "two\n");
}

TEST_F(ReadLineTest, ReturnsTheLastPartialLineAndThenNothing) {
  send("one\ntwo");
  peer.close();
  EXPECT_EQ(read(), "one\n");
  EXPECT_EQ(read(), "two");
  EXPECT_EQ(read(), "");
}

TEST_F(ReadLineTest, RefusesALineThatIsTooLongEvenBeforeItEnds) {
  send("12345\n");
  EXPECT_EQ(read(6), "12345\n") << "six bytes";
  send("123456\n");
  EXPECT_THROW(read(6), std::length_error);
  rest.clear();
  send("1234567");
  EXPECT_THROW(read(6), std::length_error);
  rest = "1234567";
  EXPECT_THROW(read(6), std::length_error);
}

TEST_F(ReadLineTest, BytesAfterTheLineDoNotCountTowardsItsLimit) {
  send("one\n" + std::string(50, 'x'));
  EXPECT_EQ(read(6), "one\n");
}

TEST_F(ReadLineTest, ThrowsTheErrorOfTheSocket) {
  const auto task = start();
  const linger reset{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(peer.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  peer.close();
  loop.run();
  ASSERT_TRUE(task->done());
  EXPECT_THROW(task->result(), std::system_error);
}

TEST_F(ReadLineTest, StopsListeningWhenItIsDropped) {
  auto task = start();
  EXPECT_EQ(loop.counts().registered, 1u) << "it waits for bytes";
  task.reset();
  EXPECT_EQ(loop.counts().unregistered, 1u);
}

}  // namespace
