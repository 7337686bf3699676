// Shows: tasks that hand work to one another, as the article's second reference coordinates its
// workers (§4.6). New in this stage.
#pragma once

#include <cstddef>
#include <deque>
#include <limits>
#include <optional>
#include <stdexcept>
#include <utility>

#include "event.h"
#include "semaphore.h"

namespace stage5 {

/// First in, first out. Who waits longest, for an item or for room, comes first. Two semaphores do
/// the waiting: one counts the items, one the room. If an item throws where it is moved, it is not
/// put in, or not taken out, and the queue is as it was. Must outlive those who wait.
template <class T>
class Queue {
 public:
  /// `max_size`: how many items there is room for; of 0 there is none (asyncio's means no limit).
  /// Without it there is no limit.
  explicit Queue(std::size_t max_size = std::numeric_limits<std::size_t>::max()) : room_(max_size) {
    all_done_.set();
  }

  std::size_t size() const { return items_.size(); }
  bool empty() const { return items_.empty(); }

  /// Waits for room and puts `item` in.
  Coroutine<> put(T item) {
    co_await room_.acquire();
    add(std::move(item));
  }

  /// The same without waiting. False if there is no room, or others who came before have yet to
  /// take theirs.
  bool put_nowait(T item) {
    if (!room_.try_acquire()) return false;
    add(std::move(item));
    return true;
  }

  /// Waits for an item and takes it out.
  Coroutine<T> get() {
    co_await there_.acquire();
    co_return remove();
  }

  /// The same without waiting. Nothing if there is none, or others who came before have yet to
  /// take theirs.
  std::optional<T> get_nowait() {
    if (!there_.try_acquire()) return std::nullopt;
    return remove();
  }

  /// The work on an item that was taken out is done. Throws `std::logic_error` if it was said more
  /// often than there were items.
  void task_done() {
    if (unfinished_ == 0) throw std::logic_error("task_done was called once too often");
    if (--unfinished_ == 0) all_done_.set();
  }

  /// Waits until the work on every item that was ever put in is done.
  Coroutine<> join() { return all_done_.wait(); }

 private:
  void add(T&& item) {
    or_give_back(room_, [&] { items_.push_back(std::move(item)); });
    ++unfinished_;
    all_done_.clear();
    there_.release();
  }

  T remove() {
    T item = or_give_back(there_, [&] { return T(std::move(items_.front())); });
    items_.pop_front();
    room_.release();
    return item;
  }

  // The permit was for what `act` does: if that throws, it is free again.
  static auto or_give_back(Semaphore& permits, const auto& act) {
    try {
      return act();
    } catch (...) {
      permits.release();
      throw;
    }
  }

  std::deque<T> items_;
  std::size_t unfinished_ = 0;
  Semaphore room_;
  Semaphore there_{0};
  Event all_done_;
};

}  // namespace stage5
