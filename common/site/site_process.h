// Runs the practice site as a process of its own, for programs that must not share descriptors,
// memory or processor time with it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>

#include "common/site/practice_site.h"

namespace common {

class ChildProcess;

/// Starts the program `practice_site`, which must have been built. The destructor ends it. It also
/// ends if this process ends in any other way.
class SiteProcess {
 public:
  /// Starts the site, which accepts connections when this returns. Throws `std::runtime_error` if
  /// it does not start.
  explicit SiteProcess(const SiteOptions& options = {});
  SiteProcess(const SiteProcess&) = delete;
  SiteProcess& operator=(const SiteProcess&) = delete;
  ~SiteProcess();

  std::uint16_t port() const noexcept { return port_; }
  /// Returns "http://127.0.0.1:PORT" and `path`, which begins with a slash.
  std::string url(const std::string& path = "/") const;
  pid_t pid() const noexcept;

 private:
  std::unique_ptr<ChildProcess> process_;
  std::uint16_t port_ = 0;
};

}  // namespace common
