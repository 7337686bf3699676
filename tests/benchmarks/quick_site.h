// A site that is never what a benchmark waits for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace common {
class ChildProcess;
}

/// Answers every request at once with the same page. A process of its own (the program quick_site),
/// on the machine's last processor: it asks the kernel again and again while there is traffic, so
/// that no client pays for waking it, and sleeps when there is none. Ends when this is destroyed.
class QuickSite {
 public:
  /// `body`: bytes of each page's body. Throws `std::runtime_error` if it does not start.
  explicit QuickSite(std::size_t body = 1024);
  QuickSite(const QuickSite&) = delete;
  QuickSite& operator=(const QuickSite&) = delete;
  ~QuickSite();

  /// "http://127.0.0.1:PORT" and `path`, which begins with a slash.
  std::string url(const std::string& path = "/") const;

 private:
  std::unique_ptr<common::ChildProcess> process_;
  std::string address_;
};
