// Shows: stage 1's connect, send_all, read and read_all with their waits awaited (§5).
// Since stage 4: the machines are functions again.
#pragma once

#include <cstddef>
#include <string_view>

#include "common/http/response.h"
#include "coroutine.h"
#include "socket.h"

namespace stage5 {

// Parameters are copied into a coroutine's frame, and a reference is copied as a reference. So the
// sockets, addresses and bytes must outlive these coroutines, which they do if you await the call
// in the same expression. Errors are thrown as `std::system_error`.
//
// When one of them has to wait, it is suspended at a `co_await sock.ready(…)`. The loop tells the
// Socket that its descriptor is ready, the Socket wakes the task, and the task resumes the
// coroutine in the next turn. A cancel throws a CancelledError at that `co_await` instead.

/// Starts to connect `sock` to `address`. It does not wait for the connection: if that is not made
/// yet, `send_all` waits for it, and reports a refused one.
///
/// ```cpp file
/// Coroutine<common::Response> get(const common::Attempt* attempt) {
///   Socket sock(attempt->address.family(), attempt->timing);
///   co_await connect(sock, attempt->address);
///   co_await send_all(sock, attempt->request);
///   co_return co_await read_all(sock, attempt->max_body);
/// }
/// ```
Coroutine<> connect(Socket& sock, const common::Endpoint& address);

/// Sends all of `bytes`. Waits until the connection is made, and whenever the kernel has no room.
Coroutine<> send_all(Socket& sock, std::string_view bytes);

/// Waits for bytes and returns them; the empty chunk is the end of the stream. The bytes lie in a
/// buffer that all sockets of the loop share: use them before the next `co_await` that may wait.
Coroutine<std::string_view> read(Socket& sock);

/// Reads until the response is complete and returns it. Throws if the stream ends before, or if the
/// body would exceed `max_body`.
Coroutine<common::Response> read_all(Socket& sock, std::size_t max_body);

}  // namespace stage5
