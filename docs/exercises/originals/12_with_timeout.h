// Exercise 12: a machine with a deadline around it.
#pragma once

#include <exception>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "common/net/clock.h"
#include "common/net/socket.h"
#include "common/net/timer_queue.h"
#include "stage4_yield_from/event_loop.h"
#include "stage4_yield_from/future.h"
#include "stage4_yield_from/generator.h"
#include "stage4_yield_from/yield_from.h"

/// Resumes `child`, and returns or throws what that does. If it has not ended by `deadline`,
/// `common::timed_out()` is thrown into it, once, where it waits: it may catch that and go on, from
/// then on without a deadline. Of a deadline and what the child waits for, the one that comes first
/// counts. The loop must outlive it.
template <stage4::Awaitable Child>
class WithTimeout {
 public:
  WithTimeout(stage4::EventLoop& loop, common::TimePoint deadline, std::unique_ptr<Child> child)
      : loop_(loop), deadline_(deadline), child_(std::move(child)) {}

  auto resume(stage4::Sent& sent) { return yield_from(*child_, sent); }  // TODO

 private:
  [[maybe_unused]] stage4::EventLoop& loop_;
  [[maybe_unused]] const common::TimePoint deadline_;
  std::unique_ptr<Child> child_;
};
