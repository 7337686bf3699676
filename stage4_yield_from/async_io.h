// Shows: the parts that stage 3's crawler could not share, each a machine of its own (§4.5.2, fig.
// 13 and 14). They know nothing of the crawler. New in this stage.
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

// Each of them is resumed by its parent's `yield_from` and belongs to it. The loop and the socket
// must outlive it. Destroying it ends its wait, so whoever catches an error drops it.
// Errors are `std::system_error`s, thrown from `resume`: so they come out where the parent waits.

/// Connects `sock` to `address`. Returns nothing, the empty Value.
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

/// Sends all of `bytes`, which must stay where they are. Waits only when the kernel takes no more.
/// Returns nothing.
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

/// Waits for bytes and returns them; the empty chunk is the end of the stream.
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

/// Reads until the response is complete, and returns it.
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
  std::optional<Read> read_;  // the child, declared last: destroyed first
};

}  // namespace stage4
