// Shows: a socket that coroutines can wait for, registered once for as long as it is open (§4.6,
// zero-copy). Since stage 4: one registration for each connection, where there was one for each
// wait. It hides common's Socket in this namespace, so that `fetch` stays as it was.
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

/// Owns a descriptor that does not block. Its calls return immediately. If the answer is "not now",
/// which is not an error, the result says so, and the caller awaits `ready` and calls again:
///
/// ```cpp file
/// #include "coroutine.h"
///
/// Coroutine<std::string_view> next_bytes(Socket* sock) {
///   for (;;) {
///     co_await sock->ready(common::event_read);  // does not wait if it is known to be ready
///     if (auto bytes = sock->recv()) co_return *bytes;
///   }
/// }
/// ```
///
/// A coroutine that awaits `ready` is resumed like this. The loop finds the descriptor ready and
/// calls `on_ready`. That wakes the task of every coroutine that waits here, and in the next turn
/// each task resumes its innermost coroutine. A cancel throws a CancelledError out of `ready`
/// instead. The wait itself lives in the coroutine's frame and is destroyed with it; then nothing
/// is woken.
///
/// All tasks that wait for one Socket belong to the same loop, which the Socket learns at its first
/// wait and which must outlive it. Other errors are thrown as `std::system_error`.
class Socket final : private EventLoop::Watcher {
 public:
  /// Opens a socket for `family`. The caller keeps `timing`, which must outlive the Socket and must
  /// not be null. Throws if no descriptor is free.
  Socket(int family, common::Timing* timing) : socket_(family, timing), timing_(timing) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket();

  /// Starts to connect. The first `send` reports whether that succeeded.
  void connect(const common::Endpoint& address) { socket_.connect(address); }

  /// Hands bytes to the kernel and returns how many it took: 0 if there is no room now, or no
  /// connection yet. Throws if the connection was refused or has failed.
  std::size_t send(std::string_view bytes);

  /// Returns the bytes that have arrived. Call it after `ready`. An empty view is the end of the
  /// stream, and nothing means that there are no bytes now. The view points into the loop's one
  /// receive buffer, so use it before the coroutine waits again.
  std::optional<std::string_view> recv();

  /// Returns the deadline in force: the one for connecting until the connection is made, then the
  /// one for the whole attempt.
  common::TimePoint deadline() const { return socket_.deadline(); }

  /// Makes `co_await sock.ready(event_read)` wait until there are bytes, the end of the stream or
  /// an error. With `event_write` it waits until there is room, or the connection is made or
  /// refused. It may end sooner if another coroutine waits for the other event, so ask again in a
  /// loop.
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
  common::Events ready_ = 0;   // what the loop reported and no call has contradicted since
  bool drained_ = false;       // only the end of the stream is left to receive
  WaitList waiting_;
};

}  // namespace stage5
