// A web server to practise on: slow, large or faulty on request. Boost.Asio and Beast inside.
//
// The files beside it: site_content.h says what it answers, faults.h what goes wrong in it,
// practice_site.cpp moves the bytes, site_process.h starts it as a process of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/net/clock.h"

namespace common {

/// What a practice site serves.
struct SiteOptions {
  std::uint16_t port = 0;  ///< 0: any free one.
  std::size_t pages = 10;  ///< `/`, `/1` … `/pages-1`.
  Duration delay =
      std::chrono::milliseconds(100);  ///< Before each answer, unless `?delay_ms=` says otherwise.
};

/// What happened at a site so far.
struct SiteCounts {
  std::size_t connections = 0;  ///< Accepted in all.
  std::size_t open = 0;         ///< Open now.
  std::size_t most_open = 0;    ///< Open at the same time.
  std::size_t requests = 0;     ///< Read in all.
};

/// A site in a thread of its own, on 127.0.0.1. Ends, with all its connections, when destroyed.
class PracticeSite {
 public:
  /// Serves once this returns. Throws `std::system_error` if the port is taken.
  explicit PracticeSite(SiteOptions options = {});
  PracticeSite(const PracticeSite&) = delete;
  PracticeSite& operator=(const PracticeSite&) = delete;
  ~PracticeSite();

  std::uint16_t port() const noexcept;
  /// "http://127.0.0.1:PORT" and `path`, which begins with a slash.
  std::string url(const std::string& path = "/") const;
  /// May be called from any thread.
  SiteCounts counts() const;

  /// Serves in the calling thread until SIGINT or SIGTERM, or until the stream `leash` (a
  /// descriptor, which stays the caller's) ends. `started` is told the port. What the program does.
  /// Throws `std::system_error` if the port is taken.
  static void run(SiteOptions options, const std::function<void(std::uint16_t port)>& started,
                  std::optional<int> leash = std::nullopt);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace common
