// What a crawl may not leave behind: descriptors, threads, child processes. (Memory is for
// AddressSanitizer to tell.)
#pragma once

#include <cstddef>

/// Counts when made, and fails the test if there are more when destroyed. A thread that nobody
/// waits for, such as the one that looked a name up, is given time to end by itself.
class Leftovers {
 public:
  Leftovers();
  Leftovers(const Leftovers&) = delete;
  Leftovers& operator=(const Leftovers&) = delete;
  ~Leftovers();

 private:
  const bool has_children_;
  const std::size_t descriptors_;
  std::size_t threads_ = 0;
};
