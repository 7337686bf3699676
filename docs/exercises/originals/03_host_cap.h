// Exercise 3: no more than a few fetches for each host at the same time.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "stage2_callbacks/event_loop.h"

/// Lets things begin, so many for each host at the same time. The loop must outlive it, and it must
/// outlive all that it let begin.
class HostCap {
 public:
  using Done = std::function<void()>;
  /// Begins something, and calls `done` once it has ended, perhaps at once.
  using Begin = std::function<void(Done done)>;

  HostCap(stage2::EventLoop& loop, std::size_t most) : loop_(loop), most_(most) {}
  HostCap(const HostCap&) = delete;
  HostCap& operator=(const HostCap&) = delete;

  /// Calls `begin`: right now if fewer than `most` of `host` are going on; else from the loop, when
  /// it is its turn, first in, first out. A `done` that is called again does nothing.
  void run([[maybe_unused]] const std::string& host, Begin begin) {
    begin([] {});  // TODO
  }

 private:
  [[maybe_unused]] stage2::EventLoop& loop_;
  [[maybe_unused]] const std::size_t most_;
};
