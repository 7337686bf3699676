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
/// nobody waits for the thread.
class Resolver {
 public:
  /// What a name stands for, in the order in which to try the addresses; or why it stands for
  /// nothing.
  struct Result {
    std::vector<Endpoint> addresses;
    std::string error;  ///< Empty, or what `getaddrinfo` said.
  };
  /// Is called on the Resolver's thread.
  using Callback = std::function<void(Result)>;

  Resolver();
  ~Resolver();

  /// Looks up `host` and calls `callback` once. One name at a time, in the order asked for.
  void resolve(std::string host, std::uint16_t port, Callback callback);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace common
