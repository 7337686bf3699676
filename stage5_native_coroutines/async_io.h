// Shows: stage 1's connect, send_all, read and read_all with their waits awaited (§5).
// Since stage 4: the machines are functions again.
#pragma once

#include <cstddef>
#include <string_view>

#include "common/http/response.h"
#include "coroutine.h"
#include "socket.h"

namespace stage5 {

// A coroutine's parameters are copied into its frame, and a reference is copied as a reference: the
// sockets, addresses and bytes must outlive these. They do where the call is awaited at once.
// Errors are `std::system_error`s.

/// Starts to connect `sock` to `address`. It does not wait for the connection: on one machine that
/// stands at once, and elsewhere `send_all` waits for it. One wait fewer for each page.
Coroutine<> connect(Socket& sock, const common::Endpoint& address);

/// Sends all of `bytes`. Waits, by the socket's deadline, only for the connection and when the
/// kernel takes no more.
Coroutine<> send_all(Socket& sock, std::string_view bytes);

/// Waits for bytes and gives them, to be used before anybody waits again; the empty chunk is the
/// end of the stream.
Coroutine<std::string_view> read(Socket& sock);

/// Reads until the response is complete, and gives it.
Coroutine<common::Response> read_all(Socket& sock, std::size_t max_body);

}  // namespace stage5
