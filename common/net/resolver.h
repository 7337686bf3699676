// Looks names up without making anybody wait.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "common/net/endpoint.h"

namespace common {

/// Looks up host names with `getaddrinfo`, which blocks, in a thread of its own. Dropping the
/// Resolver abandons what is still being looked up: its callbacks are not called any more, and
/// nobody waits for an answer that may never come. The thread is started by the first `resolve`
/// and takes no signals.
class Resolver {
 public:
  /// What a name stands for, in the order in which to try the addresses; or why it stands for
  /// nothing.
  struct Result {
    std::vector<Endpoint> addresses;
    std::string error = {};  ///< Empty, or what `getaddrinfo` said.
    /// Set if the error says nothing about the name: no descriptor, no memory, no answer from a
    /// name server. Asking again may help.
    std::error_code ours = {};
  };
  /// Is called on the Resolver's thread. Must not throw, nor destroy the Resolver.
  using Callback = std::function<void(Result)>;

  /// What the thread does for each name. May block.
  using LookUp = std::function<Result(const std::string& host, std::uint16_t port)>;

  /// Asks the system: numeric addresses, the hosts file, name servers.
  static Result ask_system(const std::string& host, std::uint16_t port);

  /// A test may bring names of its own.
  explicit Resolver(LookUp look_up = ask_system);
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// Waits at most for a callback that is being called right now.
  ~Resolver();

  /// Looks up `host` and calls `callback` once. One name at a time, in the order asked for. Throws
  /// `std::system_error` if the thread cannot be started.
  void resolve(std::string host, std::uint16_t port, Callback callback);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace common
