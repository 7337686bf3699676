// The hosts of a crawl and their addresses, each looked up once.
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

/// What is known of one host name.
struct Host {
  enum class State { unknown, being_looked_up, known };  ///< `known` also if it was not found.

  State state = State::unknown;
  std::vector<Endpoint> addresses;  ///< Without port; empty if the name was not found.
  std::string error;                ///< Then: why.
  std::error_code lookup_failure;   ///< Set if the last look-up says nothing about the name.
  std::size_t good_address = 0;     ///< The one that answered last: where to begin.
  std::vector<Page*> waiting;       ///< For the look-up, in the order of asking.
};

/// The hosts by their name. A numeric host is known at once; any other is looked up by a thread
/// whose answers lie in an inbox until `take_answers`, and `wakeup` is notified of each.
class Hosts {
 public:
  /// Names are looked up with `lookup`, with a Resolver if it is empty. `wakeup` must outlive this.
  /// An answer that comes later is dropped.
  Hosts(Frontier::Lookup lookup, Wakeup& wakeup);
  Hosts(const Hosts&) = delete;
  Hosts& operator=(const Hosts&) = delete;
  ~Hosts();

  /// The host of `url`; it stays where it is.
  Host& get(const Url& url);

  /// Has `page` wait for the look-up of its host, which is not known yet; starts it if need be.
  /// Throws `std::system_error` if there can be no thread for it.
  void wait(Page& page);

  /// The hosts that were looked up since the last call, each with the pages that waited for it. A
  /// host with a `lookup_failure` is still unknown, and the next `wait` looks it up again.
  std::vector<Host*> take_answers();

  /// Pages that wait for a look-up.
  std::size_t waiting() const noexcept { return waiting_; }

  /// Spent looking names up, so far.
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
