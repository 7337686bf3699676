// Shows: stage 1's connect, send_all, read and read_all with their waits awaited (§5). Since stage
// 4: each machine is a function again.
#include "async_io.h"

#include "common/http/response_parser.h"
#include "timeout.h"

namespace stage5 {

using namespace common;

Coroutine<> ready(int fd, Events events) {
  TaskBase& task = co_await CurrentTask();
  Future<> is_ready;
  Registration registration(task.loop(), fd, events, [&is_ready] { is_ready.set_result(); });
  co_await is_ready;
}

// The header says why these may take references.
// NOLINTBEGIN(cppcoreguidelines-avoid-reference-coroutine-parameters)

Coroutine<> connect(Socket& sock, Endpoint address) {
  if (sock.connect(address)) co_return;
  co_await timeout(sock.deadline(), ready(sock.fd(), event_write));
  sock.finish_connect();
}

Coroutine<> send_all(Socket& sock, std::string_view bytes) {
  for (;;) {
    bytes.remove_prefix(sock.send(bytes));
    if (bytes.empty()) co_return;
    co_await ready(sock.fd(), event_write);
  }
}

Coroutine<std::string> read(Socket& sock) {
  for (;;) {
    co_await ready(sock.fd(), event_read);
    if (auto chunk = sock.recv()) co_return std::move(*chunk);
  }
}

Coroutine<Response> read_all(Socket& sock, std::size_t max_body) {
  ResponseParser response(max_body);
  while (!response.complete()) response.feed(co_await read(sock));
  co_return response.take();
}

// NOLINTEND(cppcoreguidelines-avoid-reference-coroutine-parameters)

}  // namespace stage5
