// Runs a web server to practise on: slow, large or faulty on request. Boost.Asio and Beast inside.
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

/// Says what a practice site serves.
struct SiteOptions {
  std::uint16_t port = 0;  ///< 0: any free one.
  std::size_t pages = 10;  ///< `/`, `/1` … `/pages-1`.
  Duration delay =
      std::chrono::milliseconds(100);  ///< Before each answer, unless `?delay_ms=` says otherwise.
};

/// Counts what has happened at a site so far.
struct SiteCounts {
  std::size_t connections = 0;  ///< Accepted in all.
  std::size_t open = 0;         ///< Open now.
  std::size_t most_open = 0;    ///< The most that were open at the same time.
  std::size_t requests = 0;     ///< Read in all.
};

/// Runs a site in a thread of its own, on 127.0.0.1. The destructor closes all its connections and
/// joins the thread.
///
/// ```cpp
/// const PracticeSite site({.port = 0, .pages = 3, .delay = std::chrono::milliseconds(100)});
/// std::puts(site.url("/1").c_str());  // answered 100 ms after the request
/// std::printf("%zu requests\n", site.counts().requests);
/// ```
class PracticeSite {
 public:
  /// Starts the site, which accepts connections when this returns. Throws `std::system_error` if
  /// the port is taken.
  explicit PracticeSite(SiteOptions options = {});
  PracticeSite(const PracticeSite&) = delete;
  PracticeSite& operator=(const PracticeSite&) = delete;
  ~PracticeSite();

  std::uint16_t port() const noexcept;
  /// Returns "http://127.0.0.1:PORT" and `path`, which begins with a slash.
  std::string url(const std::string& path = "/") const;
  /// Returns the counts so far. May be called from any thread.
  SiteCounts counts() const;

  /// Serves in the calling thread until SIGINT or SIGTERM arrives, or until the stream `leash`
  /// ends. That is a descriptor, which the caller keeps and closes. Calls `started` with the port
  /// when the site accepts connections. The program `practice_site` is this call. Throws
  /// `std::system_error` if the port is taken.
  static void run(SiteOptions options, const std::function<void(std::uint16_t port)>& started,
                  std::optional<int> leash = std::nullopt);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace common
