// Shows: a socket that coroutines can wait for, registered once for as long as it is open (§4.6,
// zero-copy). Since stage 4: one registration a connection, where there was one a wait. It hides
// common's Socket in this namespace, so that `fetch` stays as it was.
#pragma once

#include <coroutine>
#include <cstddef>
#include <optional>
#include <source_location>
#include <string_view>

#include "common/net/endpoint.h"
#include "common/net/socket.h"
#include "common/net/timing.h"
#include "event_loop.h"
#include "wait_list.h"

namespace stage5 {

/// Owns a descriptor that does not block. Whoever waits is a task of the same loop, which must
/// outlive it. Errors are `std::system_error`s. "Not now" is no error: the result says so, and the
/// caller awaits `ready` and calls again.
class Socket final : private EventLoop::Watcher {
 public:
  /// As common::Socket's, but `timing` is never null. Throws if there is no descriptor left.
  Socket(int family, common::Timing* timing) : socket_(family, timing), timing_(timing) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket();

  /// Starts to connect. What becomes of it, `send` will tell.
  void connect(const common::Endpoint& address) { socket_.connect(address); }

  /// Hands bytes to the kernel and returns how many it took: 0 when there is no room now, or no
  /// connection yet. Throws if there is to be none.
  std::size_t send(std::string_view bytes);

  /// Takes what has arrived, after `ready`. Empty: the end of the stream. Nothing: no bytes now.
  /// The bytes lie in the loop's one buffer, where the kernel put them: they are to be used before
  /// anybody waits.
  std::optional<std::string_view> recv();

  /// The deadline in force for this connection.
  common::TimePoint deadline() const { return socket_.deadline(); }

  /// `co_await sock.ready(event_read)`: until there are bytes, the end or an error; or, with
  /// `event_write`, room or a connection made or refused. Or sooner, if another waits for the
  /// other.
  auto ready(common::Events events) { return Ready(*this, events); }

 private:
  class Ready : public WaitList::Wait {
   public:
    Ready(Socket& socket, common::Events events)
        : Wait(socket.waiting_), socket_(socket), events_(events) {}
    bool await_ready() const { return (socket_.ready_ & events_) != 0; }

    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> coroutine,
                       std::source_location where = std::source_location::current()) {
      socket_.watch(current_task().loop(), events_);
      common::trace::record({"awaits", {{"fd", socket_.socket_.fd()}}});
      Wait::await_suspend(coroutine, where);
    }

   private:
    Socket& socket_;
    const common::Events events_;
  };

  void watch(EventLoop& loop, common::Events events);
  void on_ready(common::Events events) override;

  common::Socket socket_;
  common::Timing* const timing_;
  EventLoop* loop_ = nullptr;  // from the first wait on
  common::Events ready_ = 0;   // so far as is known: told by the loop, and not denied since
  bool drained_ = false;       // what is left to receive is the end of the stream
  WaitList waiting_;
};

}  // namespace stage5
