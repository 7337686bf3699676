// Exercise 15: a pool of kept-alive connections.
#pragma once

#include <cstddef>
#include <string>

#include "common/http/response.h"
#include "common/net/endpoint.h"
#include "common/net/timing.h"
#include "stage5_native_coroutines/async_io.h"
#include "stage5_native_coroutines/socket.h"
#include "stage5_native_coroutines/task.h"

/// Keeps connections open for the next request. The loop must outlive it, and it must outlive those
/// who fetch.
class ConnectionPool {
 public:
  /// Sends `request`, a GET without `Connection: close`, and gives the answer: over a connection
  /// that was kept, if there is one to `address`, else over a new one. The server may close a kept
  /// connection at any time: that is no error, the request then goes over another one. A connection
  /// is kept only if its answer was read to the end. Throws `std::system_error`.
  stage5::Coroutine<common::Response> fetch(common::Endpoint address, std::string request) {
    // TODO: this keeps none
    common::Timing timing;
    stage5::Socket sock(address.family(), &timing);
    co_await stage5::connect(sock, address);
    co_await stage5::send_all(sock, request);
    co_return co_await stage5::read_all(sock, max_body);
  }

 private:
  static constexpr std::size_t max_body = 16 * 1024 * 1024;
};
