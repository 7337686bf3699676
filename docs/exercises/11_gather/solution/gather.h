// Exercise 11, solved. One Future stands for all of them. Whoever tells of a Task's end is called
// by the loop, perhaps after this machine has been dropped: so what it needs is shared, not a
// member.
#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <stdexcept>
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

  // Stands for
  //
  //   Results gather(std::vector<Machine> machines) {
  //     for (auto& machine : machines) tasks.push_back(Task(machine, when done: …));
  //     yield from all_done;
  //     return the result of each task;
  //   }
  stage4::Step<Results> resume(stage4::Sent& sent) {
    switch (std::exchange(state_, finished)) {
    case starting:
      sent.take();
      start();
      [[fallthrough]];
    case waiting: {
      auto step = yield_from(*all_done_, sent);
      if (!step.returned()) {
        state_ = waiting;
        return step.yielded();
      }
      Results results;
      for (auto& task : tasks_) results.push_back(std::move(task->result()));
      return results;
    }
    case finished:
      break;
    }
    throw std::logic_error("resumed after it had finished");
  }

 private:
  enum State { starting, waiting, finished };
  using Task = stage4::Task<Machine>;

  void start() {
    for (auto& machine : machines_)
      tasks_.push_back(std::make_shared<Task>(loop_, std::move(machine)));
    if (tasks_.empty()) all_done_->set_result({});
    const auto left = std::make_shared<std::size_t>(tasks_.size());
    for (const auto& task : tasks_) {
      task->add_done_callback([left, weak = std::weak_ptr(task), all_done = all_done_] {
        const auto task = weak.lock();
        if (!task || all_done->done()) return;  // dropped, or another one has failed
        try {
          task->result();
          if (--*left == 0) all_done->set_result({});
        } catch (...) {
          all_done->set_exception(std::current_exception());
        }
      });
    }
  }

  stage4::EventLoop& loop_;
  State state_ = starting;
  std::vector<std::unique_ptr<Machine>> machines_;
  std::shared_ptr<stage4::Future> all_done_ = std::make_shared<stage4::Future>();
  std::vector<std::shared_ptr<Task>> tasks_;
};
