// Shows: stage 1's connect, send_all, read and read_all with their waits awaited (§5).
// Since stage 4: the machines are functions again.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/http/response.h"
#include "common/net/socket.h"
#include "task.h"

namespace stage5 {

// A coroutine's parameters are copied into its frame, and a reference is copied as a reference: the
// sockets and the bytes must outlive these. They do where the call is awaited at once. Errors are
// `std::system_error`s.

/// Connects `sock` to `address`, by the socket's deadline.
Coroutine<> connect(common::Socket& sock, common::Endpoint address);

/// Sends all of `bytes`. Waits only when the kernel takes no more.
Coroutine<> send_all(common::Socket& sock, std::string_view bytes);

/// Waits for bytes and gives them; the empty chunk is the end of the stream.
Coroutine<std::string> read(common::Socket& sock);

/// Reads until the response is complete, and gives it.
Coroutine<common::Response> read_all(common::Socket& sock, std::size_t max_body);

/// Waits until `fd` is ready for one of `events`.
Coroutine<> ready(int fd, common::Events events);

}  // namespace stage5
