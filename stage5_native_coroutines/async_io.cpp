// Shows: stage 1's connect, send_all, read and read_all, which now await what they wait for (§5).
// Since stage 4: each machine is a function again.
#include "async_io.h"

#include "common/http/response_parser.h"
#include "timeout.h"

namespace stage5 {

using namespace common;

// The header says why references are safe as parameters here.
// NOLINTBEGIN(cppcoreguidelines-avoid-reference-coroutine-parameters)

namespace {
Coroutine<> room(Socket& sock) { co_await sock.ready(event_write); }
}  // namespace

Coroutine<> connect(Socket& sock, const Endpoint& address) {
  sock.connect(address);
  co_return;
}

Coroutine<> send_all(Socket& sock, std::string_view bytes) {
  for (;;) {
    bytes.remove_prefix(sock.send(bytes));
    if (bytes.empty()) co_return;
    co_await timeout(sock.deadline(), room(sock));
  }
}

Coroutine<std::string_view> read(Socket& sock) {
  for (;;) {
    co_await sock.ready(event_read);
    if (auto chunk = sock.recv()) co_return *chunk;
  }
}

Coroutine<Response> read_all(Socket& sock, std::size_t max_body) {
  ResponseParser response(max_body);
  while (!response.complete()) response.feed(co_await read(sock));
  co_return response.take();
}

// NOLINTEND(cppcoreguidelines-avoid-reference-coroutine-parameters)

}  // namespace stage5
