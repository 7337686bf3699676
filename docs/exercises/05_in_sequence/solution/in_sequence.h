// Exercise 5, solved. Each `ended` shares the sequence; the sequence knows none of them. So it goes
// when the last of them does, whether the step has ended or was forgotten.
#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "stage2_callbacks/event_loop.h"

/// Whoever is told how something ended: with an error, or with null.
using Ended = std::function<void(std::exception_ptr error)>;

/// Begins something, and sees to it that `ended` is called when it has ended, perhaps at once.
using Step = std::function<void(Ended ended)>;

class Sequence : public std::enable_shared_from_this<Sequence> {
 public:
  Sequence(stage2::EventLoop& loop, std::vector<Step> steps, Ended done)
      : loop_(loop), steps_(std::move(steps)), done_(std::move(done)) {}

  // From the loop: so that no stack grows, and what the one before has on it is gone.
  void go_on(std::exception_ptr error) {
    loop_.call_soon([self = shared_from_this(), error] { self->take_next(error); });
  }

 private:
  void take_next(const std::exception_ptr& error) {
    if (error || taken_ == steps_.size()) return done_(error);
    const std::size_t number = ++taken_;
    const Ended ended = [self = shared_from_this(), number](std::exception_ptr error) {
      if (self->ended_ >= number) return;  // it has been called before
      self->ended_ = number;
      self->go_on(std::move(error));
    };
    try {
      steps_[number - 1](ended);
    } catch (...) {
      ended(std::current_exception());
    }
  }

  stage2::EventLoop& loop_;
  const std::vector<Step> steps_;
  const Ended done_;
  std::size_t taken_ = 0;
  std::size_t ended_ = 0;
};

/// Takes the steps one after another, each from the loop, and calls `done` from the loop: with null
/// after the last one, or with the first error, after which no step is taken. What a step throws is
/// an error too. An `ended` that is called again does nothing. The loop must outlive it all.
inline void in_sequence(stage2::EventLoop& loop, std::vector<Step> steps, Ended done) {
  std::make_shared<Sequence>(loop, std::move(steps), std::move(done))->go_on(nullptr);
}
