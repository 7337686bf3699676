// Exercise 8, solved. A callback cannot be taken back from a Future: so those of the losers stay,
// and have to find out for themselves that they come too late. They must not keep alive what they
// would set: a Future that is never done would keep it for ever.
#pragma once

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "stage3_future_task/future.h"

/// A Future that is done as soon as one of `futures` is, with a result or with an exception. Its
/// value tells which: "0" is the first of them. Of those that are done already, the first in the
/// list wins. Throws `std::invalid_argument` if there are none, since nobody would ever set it.
inline std::shared_ptr<stage3::Future> wait_first(
    const std::vector<std::shared_ptr<stage3::Future>>& futures) {
  if (futures.empty()) throw std::invalid_argument("there is nothing to wait for");
  auto first = std::make_shared<stage3::Future>();
  for (std::size_t i = 0; i < futures.size(); ++i) {
    futures[i]->add_done_callback([i, weak = std::weak_ptr(first)](stage3::Future&) {
      const auto first = weak.lock();
      if (first && !first->done()) first->set_result(std::to_string(i));
    });
  }
  return first;
}
