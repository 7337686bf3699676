// Stage 5's Socket, and connect, send_all and read on it: what is registered, what is waited for,
// and how many calls of the kernel that takes.
#include "stage5_native_coroutines/socket.h"

#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <system_error>

#include "runtime_tools.h"
#include "stage5_native_coroutines/async_io.h"
#include "stage5_native_coroutines/timeout.h"
#include "tests/common/net_peer.h"

namespace {
int recv_calls = 0;
}

// Comes before libc's, to count.
extern "C" ssize_t recv(int fd, void* buffer, size_t size, int flags) {
  ++recv_calls;
  return ::recvfrom(fd, buffer, size, flags, nullptr, nullptr);
}

namespace {

using common::event_read;
using common::Selector;
using common::testing::check;
using common::testing::Descriptor;
using common::testing::Listener;

class SocketTest : public testing::TestWithParam<Selector::Kind> {
 protected:
  SocketTest() { listener.listen(); }
  ~SocketTest() override {
    EXPECT_EQ(loop.counts().registered, loop.counts().unregistered);
    EXPECT_EQ(Counted::alive, 0);
  }

  template <class T>
  T run(Coroutine<T> coroutine) {
    return run_until_complete(loop, std::move(coroutine));
  }

  Listener listener;
  EventLoop loop{GetParam()};
  common::Timing timing;
};

INSTANTIATE_TEST_SUITE_P(OfThisSystem, SocketTest, testing::ValuesIn(Selector::kinds()),
                         [](const auto& kind) { return Selector::name_of(kind.param); });

void write(const Descriptor& peer, const std::string& bytes) {
  ASSERT_EQ(::write(peer.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
}

// Connects, sends "x", and then awaits `body`.
template <class Body, class... Arguments>
Coroutine<> connected(common::Endpoint address, common::Timing* timing, Body body,
                      Arguments... arguments) {
  Counted counted;
  Socket sock(AF_INET, timing);
  co_await connect(sock, address);
  co_await send_all(sock, "x");
  co_await body(&sock, arguments...);
}

// Reads to the end of the stream, noting each chunk.
Coroutine<> read_to_the_end(Socket* sock, Log* log) {
  for (;;) {
    const auto chunk = co_await read(*sock);
    log->push_back(std::string(chunk));
    if (chunk.empty()) co_return;
  }
}

TEST_P(SocketTest, IsRegisteredOnceForAllItsWaits) {
  Log log;
  Task<> task(loop, connected(listener.endpoint(), &timing, read_to_the_end, &log));
  loop.call_soon([&] { loop.stop(); });
  loop.run();
  const auto peer = listener.accept();
  for (const char* text : {"one", "two", "three"}) {
    write(peer, text);
    while (log.empty() || log.back() != text) {
      loop.call_soon([&] { loop.stop(); });
      loop.run();
    }
  }
  EXPECT_EQ(loop.counts().registered, 1);
  EXPECT_EQ(loop.counts().unregistered, 0);
  check(::shutdown(peer.get(), SHUT_WR), "shutdown");
  loop.run();
  EXPECT_TRUE(task.done());
  EXPECT_EQ(task.exception(), nullptr);
  EXPECT_EQ(log, (Log{"one", "two", "three", ""}));
}

TEST_P(SocketTest, NotesTheStepsOfItsConnection) {
  auto nothing = [](Socket*) -> Coroutine<> { co_return; };
  run(connected(listener.endpoint(), &timing, nothing));
  EXPECT_NE(timing.connecting, common::TimePoint());
  EXPECT_LE(timing.connecting, timing.connected);
  EXPECT_LE(timing.connected, timing.sent);
}

TEST_P(SocketTest, GivesTheBytesWhereTheKernelPutThem) {
  auto body = [](Socket* sock, EventLoop* loop) -> Coroutine<> {
    const auto chunk = co_await read(*sock);
    EXPECT_EQ(chunk, "bytes");
    EXPECT_EQ(chunk.data(), loop->receive_buffer().data()) << "nothing was copied";
  };
  Task<> task(loop, connected(listener.endpoint(), &timing, body, &loop));
  loop.call_soon([&] { write(listener.accept(), "bytes"); });
  loop.run();
  EXPECT_EQ(task.exception(), nullptr);
}

TEST_P(SocketTest, EndReportedWithTheLastBytesNeedsNoExtraCall) {
  Log log;
  Task<> task(loop, connected(listener.endpoint(), &timing, read_to_the_end, &log));
  recv_calls = 0;
  loop.call_soon([&] {
    const auto peer = listener.accept();
    write(peer, "all");
    char request;
    check(static_cast<int>(::read(peer.get(), &request, 1)), "read");  // or closing is a reset
  });
  loop.run();
  EXPECT_EQ(log, (Log{"all", ""}));
  EXPECT_EQ(recv_calls, GetParam() == Selector::Kind::epoll ? 1 : 2);
}

TEST_P(SocketTest, MoreBytesThanFitInTheBufferAreAllRead) {
  const std::string many(3 * loop.receive_buffer().size() + 1, 'y');
  auto count = [](Socket* sock, std::size_t* bytes) -> Coroutine<> {
    for (;;) {
      const auto chunk = co_await read(*sock);
      *bytes += chunk.size();
      if (chunk.empty()) co_return;
    }
  };
  std::size_t bytes = 0;
  Task<> task(loop, connected(listener.endpoint(), &timing, count, &bytes));
  loop.call_soon([&] { loop.stop(); });
  loop.run();
  {
    const auto peer = listener.accept();
    std::string_view left = many;
    while (!left.empty()) {
      left.remove_prefix(static_cast<std::size_t>(check(
          static_cast<int>(::send(peer.get(), left.data(), left.size(), MSG_DONTWAIT)), "send")));
      loop.call_soon([&] { loop.stop(); });
      loop.run();
    }
    char request;
    check(static_cast<int>(::read(peer.get(), &request, 1)), "read");
  }
  loop.run();
  EXPECT_EQ(task.exception(), nullptr);
  EXPECT_EQ(bytes, many.size());
}

TEST_P(SocketTest, AResetAfterSomeBytesIsAnErrorAfterTheseBytes) {
  Log log;
  Task<> task(loop, connected(listener.endpoint(), &timing, read_to_the_end, &log));
  loop.call_soon([&] {
    const auto peer = listener.accept();
    write(peer, "some");
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    check(::setsockopt(peer.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), "setsockopt");
  });
  loop.run();
  ASSERT_TRUE(task.done());
  EXPECT_THROW(task.result(), std::system_error);
  EXPECT_NE(log, (Log{"some", ""})) << "a reset is no end";
}

TEST_P(SocketTest, RefusedPortFailsTheFirstSend) {
  const Listener silent;  // bound, and deaf
  auto nothing = [](Socket*) -> Coroutine<> { co_return; };
  try {
    run(connected(silent.endpoint(), &timing, nothing));
    FAIL() << "connected to nobody";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::connection_refused);
  }
  EXPECT_EQ(timing.connected, common::TimePoint());
}

TEST_P(SocketTest, UnfinishedConnectHitsTheDeadline) {
  Listener deaf;
  deaf.listen(0);
  std::vector<Descriptor> fillers;  // of its queue: the kernel drops what else knocks
  for (int i = 0; i < 4; ++i) {
    fillers.emplace_back(check(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), "socket"));
    ::connect(fillers.back().get(), deaf.endpoint().data(), deaf.endpoint().size());
  }
  timing.connect_deadline = Clock::now() + milliseconds(50);
  auto nothing = [](Socket*) -> Coroutine<> { co_return; };
  try {
    run(connected(deaf.endpoint(), &timing, nothing));
    FAIL() << "connected to nobody";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::timed_out);
  }
  EXPECT_GE(Clock::now(), timing.connect_deadline);
}

TEST_P(SocketTest, WaitForBytesCanBeCancelled) {
  Log log;
  Task<> task(loop, connected(listener.endpoint(), &timing, read_to_the_end, &log));
  loop.call_soon([&] { loop.call_soon([&] { task.cancel(); }); });
  loop.run();
  EXPECT_TRUE(task.cancelled());
  const auto peer = listener.accept();
  char byte;
  EXPECT_EQ(::read(peer.get(), &byte, 1), 1);
  EXPECT_EQ(::read(peer.get(), &byte, 1), 0) << "it is closed";
}

TEST_P(SocketTest, CancelledWaitForBytesCanBeRepeated) {
  auto body = [](Socket* sock, Log* log) -> Coroutine<> {
    try {
      co_await timeout(Clock::now() + milliseconds(1), read_to_the_end(sock, log));
    } catch (const std::system_error&) {
      log->push_back("gave up");
    }
    co_await read_to_the_end(sock, log);
  };
  Log log;
  Task<> task(loop, connected(listener.endpoint(), &timing, body, &log));
  const auto answer = loop.call_later(milliseconds(30), [&] {
    const auto peer = listener.accept();
    char request;
    check(static_cast<int>(::read(peer.get(), &request, 1)), "read");
    write(peer, "late");
  });
  loop.run();
  EXPECT_EQ(log, (Log{"gave up", "late", ""}));
}

TEST_P(SocketTest, ADroppedTaskClosesItsSocket) {
  Log log;
  {
    Task<> task(loop, connected(listener.endpoint(), &timing, read_to_the_end, &log));
    loop.call_soon([&] { loop.stop(); });
    loop.run();
    EXPECT_EQ(loop.counts().unregistered, 0);
  }
  EXPECT_EQ(loop.counts().unregistered, 1);
  loop.run();  // and nothing is left to wait for
}

TEST_P(SocketTest, BytesAreTakenOnceByOneOfTwoWaiters) {
  auto body = [](Socket* sock, EventLoop* loop, Log* log) -> Coroutine<> {
    Task<> other(*loop, read_to_the_end(sock, log));
    co_await read_to_the_end(sock, log);
    co_await other;
  };
  Log log;
  Task<> task(loop, connected(listener.endpoint(), &timing, body, &loop, &log));
  const auto answer = loop.call_later(milliseconds(1), [&] {
    const auto peer = listener.accept();
    write(peer, "once");
    char request;
    check(static_cast<int>(::read(peer.get(), &request, 1)), "read");
  });
  loop.run();
  EXPECT_TRUE(task.done());
  EXPECT_EQ(task.exception(), nullptr);
  EXPECT_EQ(log, (Log{"once", "", ""}));
}

TEST_P(SocketTest, ReusedDescriptorGetsNoEventsOfTheClosedSocket) {
  Log first_log, next_log;
  std::optional<Task<>> first(std::in_place, loop,
                              connected(listener.endpoint(), &timing, read_to_the_end, &first_log));
  std::optional<Task<>> next;
  loop.call_soon([&] { loop.stop(); });
  loop.run();
  const auto peer = listener.accept();
  int ends[2];
  check(::pipe(ends), "pipe");
  // Both are ready in the same turn; if the pipe comes first, the socket's news is stale.
  loop.register_fd(ends[0], event_read, [&] {
    loop.unregister_fd(ends[0]);
    first.reset();
    next.emplace(loop, connected(listener.endpoint(), &timing, read_to_the_end, &next_log));
  });
  check(static_cast<int>(::write(ends[1], "x", 1)), "write");
  write(peer, "stale");
  for (int more = 2; more > 0; more -= next ? 1 : 0) {  // and then the next has begun
    loop.call_soon([&] { loop.stop(); });
    loop.run();
  }
  const auto next_peer = listener.accept();
  write(next_peer, "fresh");
  char request;
  check(static_cast<int>(::read(next_peer.get(), &request, 1)), "read");
  check(::shutdown(next_peer.get(), SHUT_WR), "shutdown");
  loop.run();
  EXPECT_TRUE(next->done());
  EXPECT_EQ(next->exception(), nullptr);
  EXPECT_EQ(next_log, (Log{"fresh", ""}));
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_P(SocketTest, TheEndOfTheLoopClosesTheSocketsOfTasksThatWait) {
  Log log;
  auto own = std::make_unique<EventLoop>(GetParam());
  auto body = [](Socket* sock, Log* log) -> Coroutine<> {
    co_await timeout(Clock::now() + seconds(60), read_to_the_end(sock, log));
  };
  Task<> task(*own, connected(listener.endpoint(), &timing, body, &log));
  own->call_soon([&] { own->stop(); });
  own->run();
  const auto peer = listener.accept();
  own.reset();
  EXPECT_TRUE(task.cancelled());
  char byte;
  EXPECT_EQ(::read(peer.get(), &byte, 1), 1);
  EXPECT_EQ(::read(peer.get(), &byte, 1), 0) << "it is closed";
}

TEST_P(SocketTest, LargeRequestIsSentAsRoomAppears) {
  const std::string request(8 * 1024 * 1024, 'z');
  auto send = [](Listener* listener, common::Timing* timing,
                 const std::string* request) -> Coroutine<> {
    Socket sock(AF_INET, timing);
    co_await connect(sock, listener->endpoint());
    co_await send_all(sock, *request);
  };
  Task<> task(loop, send(&listener, &timing, &request));
  loop.call_soon([&] { loop.stop(); });
  loop.run();
  const auto peer = listener.accept();
  EXPECT_FALSE(task.done());
  std::vector<char> buffer(1024 * 1024);
  std::size_t received = 0;
  while (received < request.size()) {
    loop.call_soon([&] { loop.stop(); });
    loop.run();
    const auto count =
        ::recvfrom(peer.get(), buffer.data(), buffer.size(), MSG_DONTWAIT, nullptr, nullptr);
    if (count > 0) received += static_cast<std::size_t>(count);
  }
  loop.run();
  EXPECT_EQ(received, request.size());
  EXPECT_TRUE(task.done());
  EXPECT_EQ(task.exception(), nullptr);
}

}  // namespace
