// Shows: the parts that stage 3's crawler could not share, each a machine of its own (§4.5.2, fig.
// 13 and 14). They know nothing of the crawler. New in this stage.
//
// All four are children: a parent machine makes one as a member, resumes it with `yield_from` until
// it has returned, and owns it. The loop and the socket must outlive it. Destroying a child in the
// middle of its wait unregisters the socket, so a parent that catches an error and goes on destroys
// the child that threw. An error is a `std::system_error`. It is thrown from the child's `resume`,
// which means that it comes out of the parent's `yield_from`, where an ordinary `try` catches it.
// Each machine is for one use: resuming it after it has returned or thrown is a `std::logic_error`.
// tests/stage4_yield_from/async_io_test.cpp drives each of them alone.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/http/response_parser.h"
#include "common/net/socket.h"
#include "event_loop.h"
#include "future.h"
#include "generator.h"

namespace stage4 {

/// Connects `sock` to `address`, and waits until the connection is made or refused. Returns the
/// empty Value. A Task can drive it by itself, without a parent:
///
/// ```cpp
/// #include "task.h"
/// Task task(loop, std::make_unique<Connect>(loop, sock, address));
/// loop.run();
/// task.result();  // throws std::system_error if the connection was refused
/// ```
class Connect {
 public:
  Connect(EventLoop& loop, common::Socket& sock, common::Endpoint address);
  Step<Value> resume(Sent& sent);

  /// "Connect at connecting", for the trace.
  std::string where() const { return std::string("Connect at ") + states[state_]; }

 private:
  enum State { starting, connecting, finished };
  static constexpr const char* states[] = {"starting", "connecting", "finished"};
  EventLoop& loop_;
  State state_ = starting;
  common::Socket& sock_;
  const common::Endpoint address_;
  std::shared_ptr<Future> future_;
  std::optional<Registration> registration_;
};

/// Sends all of `bytes`, and waits only when the kernel takes no more for now. It keeps a view of
/// the bytes and no copy, so they must outlive the machine. Returns the empty Value.
///
/// ```cpp
/// Task task(loop, std::make_unique<SendAll>(loop, sock, request));
/// loop.run();
/// task.result();  // throws std::system_error if the peer is gone
/// ```
class SendAll {
 public:
  SendAll(EventLoop& loop, common::Socket& sock, std::string_view bytes);
  Step<Value> resume(Sent& sent);

  /// "SendAll at sending", for the trace.
  std::string where() const { return std::string("SendAll at ") + states[state_]; }

 private:
  enum State { starting, sending, finished };
  static constexpr const char* states[] = {"starting", "sending", "finished"};
  EventLoop& loop_;
  State state_ = starting;
  common::Socket& sock_;
  std::string_view unsent_;
  std::shared_ptr<Future> future_;
  std::optional<Registration> registration_;
};

/// Waits for bytes and returns them, at most `Socket::chunk_size` of them. The empty Value means
/// that the peer has closed the stream.
///
/// ```cpp
/// Task task(loop, std::make_unique<Read>(loop, sock));
/// loop.run();
/// std::printf("%zu bytes\n", task.result().size());
/// ```
class Read {
 public:
  Read(EventLoop& loop, common::Socket& sock);
  Step<Value> resume(Sent& sent);

  /// "Read at waiting", for the trace.
  std::string where() const { return std::string("Read at ") + states[state_]; }

 private:
  enum State { starting, waiting, finished };
  static constexpr const char* states[] = {"starting", "waiting", "finished"};
  void on_readable();
  EventLoop& loop_;
  State state_ = starting;
  common::Socket& sock_;
  std::shared_ptr<Future> future_;
  std::optional<Registration> registration_;
};

/// Reads until one HTTP response is complete, and returns it. It contains a Read, one for each
/// chunk, and feeds what that returns to a ResponseParser. Throws what the parser throws, too: for
/// example, if the body is larger than `max_body` bytes or the peer closes in the middle of it.
///
/// ```cpp
/// Task task(loop, std::make_unique<ReadAll>(loop, sock, 1024 * 1024));
/// loop.run();
/// const common::Response response = std::move(task.result());
/// ```
class ReadAll {
 public:
  ReadAll(EventLoop& loop, common::Socket& sock, std::size_t max_body);
  Step<common::Response> resume(Sent& sent);

  /// "ReadAll at reading", for the trace.
  std::string where() const { return std::string("ReadAll at ") + states[state_]; }

 private:
  enum State { starting, reading, finished };
  static constexpr const char* states[] = {"starting", "reading", "finished"};
  EventLoop& loop_;
  State state_ = starting;
  common::Socket& sock_;
  common::ResponseParser response_;
  std::optional<Read> read_;  // the child: declared last, so that it is destroyed first
};

}  // namespace stage4
