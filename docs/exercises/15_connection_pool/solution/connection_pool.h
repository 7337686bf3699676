// Exercise 15, solved. A connection in use belongs to the coroutine that uses it, so whatever goes
// wrong destroys it; only a good end gives it back. Whether a kept one is still good, nobody knows
// before trying: so a failure is believed only of a new one.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

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
    auto& kept = kept_[address.to_string()];
    for (;;) {
      const bool is_new = kept.empty();
      auto connection = is_new ? std::make_unique<Connection>(address) : std::move(kept.back());
      if (!is_new) kept.pop_back();
      try {
        if (is_new) co_await stage5::connect(connection->sock, address);
        co_await stage5::send_all(connection->sock, request);
        auto response = co_await stage5::read_all(connection->sock, max_body);
        kept.push_back(std::move(connection));
        co_return response;
      } catch (const std::system_error&) {
        if (is_new) throw;
      }
    }
  }

 private:
  static constexpr std::size_t max_body = 16 * 1024 * 1024;

  struct Connection {
    explicit Connection(const common::Endpoint& address) : sock(address.family(), &timing) {}
    common::Timing timing;
    stage5::Socket sock;
  };

  std::map<std::string, std::vector<std::unique_ptr<Connection>>> kept_;
};
