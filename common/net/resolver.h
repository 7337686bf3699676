// Looks names up in a thread of its own, so that the crawl does not wait.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "common/net/endpoint.h"

namespace common {

/// Looks up host names with `getaddrinfo`. That function blocks, so the Resolver calls it in a
/// thread of its own, which the first `resolve` starts. The Frontier owns one.
///
/// ```cpp
/// Resolver resolver;
/// resolver.resolve("localhost", 80, [](const Resolver::Result& found) {  // on another thread
///   std::printf("%zu addresses\n", found.addresses.size());
/// });
/// ```
///
/// Destroying the Resolver abandons the look-ups that are not answered yet: their callbacks are not
/// called any more, and the destructor does not wait for an answer that may never come. The
/// callback runs on the Resolver's thread, so what it touches must be locked or atomic. The thread
/// takes no signals.
class Resolver {
 public:
  /// Holds the addresses of a name, in the order in which to try them, or why there are none.
  struct Result {
    std::vector<Endpoint> addresses;
    std::string error = {};  ///< Empty, or the message of `getaddrinfo`.
    /// Is set if the error says nothing about the name: there was no descriptor, no memory, or no
    /// answer from a name server. Another try may help.
    std::error_code ours = {};
  };
  /// Receives the result, on the Resolver's thread. It must not throw or destroy the Resolver.
  using Callback = std::function<void(Result)>;

  /// Looks one name up, in the Resolver's thread. It may block.
  using LookUp = std::function<Result(const std::string& host, std::uint16_t port)>;

  /// Asks the system: numeric addresses, the hosts file, name servers.
  static Result ask_system(const std::string& host, std::uint16_t port);

  /// Makes a Resolver that looks names up with `look_up`. A test passes names of its own.
  explicit Resolver(LookUp look_up = ask_system);
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// Waits only for a callback that is running right now, not for look-ups.
  ~Resolver();

  /// Looks up `host` and calls `callback` once. Names are looked up one at a time, in the order of
  /// the calls. Throws `std::system_error` if the thread cannot be started.
  void resolve(std::string host, std::uint16_t port, Callback callback);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace common
