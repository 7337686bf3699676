// Keeps the hosts of a crawl and their addresses. A host's name is looked up once, and again only
// if the look-up failed for a reason that may pass.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <unordered_map>
#include <vector>

#include "common/crawl/frontier.h"
#include "common/http/url.h"
#include "common/net/endpoint.h"
#include "common/net/resolver.h"
#include "common/net/wakeup.h"

namespace common {

struct Page;

/// Holds what is known about one host name.
struct Host {
  enum class State { unknown, being_looked_up, known };  ///< `known` also if it was not found.

  State state = State::unknown;
  std::vector<Endpoint> addresses;  ///< Without port; empty if the name was not found.
  std::string error;                ///< Why there are none, or empty.
  std::error_code lookup_failure;   ///< Set if the last look-up found out nothing.
  std::size_t good_address = 0;     ///< The one that answered last, which is tried first.
  std::vector<Page*> waiting;       ///< Pages that wait for the look-up, first in, first out.
};

/// Finds hosts by their name. A numeric host is known at once. Any other name is looked up by a
/// thread. That thread puts each answer into an inbox and notifies `wakeup`; the Frontier, which
/// owns the Hosts, then calls `take_answers`. Only the inbox is shared between threads.
class Hosts {
 public:
  /// Looks names up with `lookup`, or with a Resolver if that is empty. `wakeup` must outlive the
  /// Hosts. An answer that arrives after the Hosts is gone is dropped.
  Hosts(Frontier::Lookup lookup, Wakeup& wakeup);
  Hosts(const Hosts&) = delete;
  Hosts& operator=(const Hosts&) = delete;
  ~Hosts();

  /// Returns the host of `url`. The reference is valid for as long as the Hosts lives.
  Host& get(const Url& url);

  /// Adds `page` to those that wait for the look-up of its host, and starts the look-up if it is
  /// not under way. Call it only if the host is not known yet. Throws `std::system_error` if the
  /// thread cannot be started.
  void wait(Page& page);

  /// Returns the hosts that were looked up since the last call, each with the pages that wait for
  /// it. A host with a `lookup_failure` is still unknown, and the next `wait` looks it up again.
  std::vector<Host*> take_answers();

  /// Returns how many pages wait for a look-up.
  std::size_t waiting() const noexcept { return waiting_; }

  /// Returns the time spent looking names up so far.
  Duration lookup_time() const noexcept { return lookup_time_; }

 private:
  struct Inbox;

  Frontier::Lookup lookup_;
  std::shared_ptr<Inbox> inbox_;
  std::optional<Resolver> resolver_;  // started for the first name
  std::unordered_map<std::string, Host> hosts_;
  std::size_t waiting_ = 0;
  Duration lookup_time_{};
  TimePoint last_answer_{};
};

}  // namespace common
