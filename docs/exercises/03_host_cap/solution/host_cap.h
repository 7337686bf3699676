// Exercise 3, solved. The next one begins in a callback of the loop's, not in its predecessor's
// `done`: so no stack grows, and nobody is in the middle of something when it begins.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

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
  void run(const std::string& host, Begin begin) {
    auto& entry = hosts_[host];
    if (entry.going_on == most_) return entry.waiting.push_back(std::move(begin));
    ++entry.going_on;
    begin(done_of(host));
  }

 private:
  struct Host {
    std::size_t going_on = 0;
    std::deque<Begin> waiting;
  };

  Done done_of(const std::string& host) {
    return [this, host, called = std::make_shared<bool>(false)] {
      if (std::exchange(*called, true)) return;
      loop_.call_soon([this, host] { ended(host); });
    };
  }

  void ended(const std::string& host) {
    auto& entry = hosts_.at(host);
    if (entry.waiting.empty()) {
      if (--entry.going_on == 0) hosts_.erase(host);
      return;
    }
    const Begin next = std::move(entry.waiting.front());
    entry.waiting.pop_front();
    next(done_of(host));  // in the place of the one that ended
  }

  stage2::EventLoop& loop_;
  const std::size_t most_;
  std::unordered_map<std::string, Host> hosts_;
};
