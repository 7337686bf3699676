// Shows: several coroutines side by side, as one thing to wait for (§5). New in this stage.
#pragma once

#include <cstddef>
#include <list>
#include <type_traits>
#include <utility>
#include <vector>

#include "future.h"
#include "task.h"

namespace stage5 {

/// Runs all of `coroutines` side by side, a Task each, and gives their results in the same order.
/// The first exception of any ends the wait at once; the others are then dropped where they wait,
/// as they are when the awaiting coroutine is.
template <class T>
auto gather(std::vector<Coroutine<T>> coroutines)
    -> Coroutine<std::conditional_t<std::is_void_v<T>, void, std::vector<T>>> {
  TaskBase& parent = co_await CurrentTask();
  Future<> all_done;
  std::size_t left = coroutines.size();
  std::list<Task<T>> tasks;
  for (auto& coroutine : coroutines) {
    auto& task = tasks.emplace_back(parent.loop(), std::move(coroutine));
    task.add_done_callback([&] {
      if (all_done.done()) return;
      if (task.exception()) {
        all_done.set_exception(task.exception());
      } else if (--left == 0) {
        all_done.set_result();
      }
    });
  }
  if (left > 0) co_await all_done;
  if constexpr (!std::is_void_v<T>) {
    std::vector<T> results;
    for (auto& task : tasks) results.push_back(std::move(task.result()));
    co_return results;
  }
}

}  // namespace stage5
