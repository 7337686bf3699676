// Exercise 11: several machines side by side, as one to wait for.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "stage4_yield_from/event_loop.h"
#include "stage4_yield_from/future.h"
#include "stage4_yield_from/generator.h"
#include "stage4_yield_from/task.h"
#include "stage4_yield_from/yield_from.h"

/// Runs `machines` side by side, a Task each, and returns what they returned, in the same order.
/// The first error of any is thrown at once; the other machines are dropped, wherever they wait,
/// when this is. The loop must outlive it.
template <stage4::Awaitable Machine>
class Gather {
 public:
  using Results = std::vector<typename stage4::Task<Machine>::Result>;

  Gather(stage4::EventLoop& loop, std::vector<std::unique_ptr<Machine>> machines)
      : loop_(loop), machines_(std::move(machines)) {}

  stage4::Step<Results> resume(stage4::Sent& sent) {
    // TODO: it does not wait for a single one
    sent.take();
    return Results(machines_.size());
  }

 private:
  [[maybe_unused]] stage4::EventLoop& loop_;
  std::vector<std::unique_ptr<Machine>> machines_;
};
