// Exercise 5: one step after another, and one place where errors arrive.
#pragma once

#include <exception>
#include <functional>
#include <vector>

#include "stage2_callbacks/event_loop.h"

/// Whoever is told how something ended: with an error, or with null.
using Ended = std::function<void(std::exception_ptr error)>;

/// Begins something, and sees to it that `ended` is called when it has ended, perhaps at once.
using Step = std::function<void(Ended ended)>;

/// Takes the steps one after another, each from the loop, and calls `done` from the loop: with null
/// after the last one, or with the first error, after which no step is taken. What a step throws is
/// an error too. An `ended` that is called again does nothing. The loop must outlive it all.
inline void in_sequence(stage2::EventLoop& loop, std::vector<Step> steps, Ended done) {
  // TODO: this takes them all at the same time
  loop.call_soon([steps, done] {
    for (const auto& step : steps) step([](std::exception_ptr) {});
    done(nullptr);
  });
}
