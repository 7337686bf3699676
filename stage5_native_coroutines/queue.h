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

/// Items that some coroutines put in and others take out, first in, first out.
///
/// ```cpp file
/// Coroutine<> produce(Queue<int>* queue) { co_await queue->put(7); }
/// Coroutine<> consume(Queue<int>* queue) {
///   std::printf("%d\n", co_await queue->get());
///   queue->task_done();
/// }
/// ```
///
/// The coroutine that has waited longest, for an item or for room, comes first. Two Semaphores do
/// the waiting: one counts the items, the other the room. If moving an item throws, the item is not
/// put in, or not taken out, and the queue is as it was. The Queue must outlive every coroutine
/// that waits for it. Not thread-safe.
template <class T>
class Queue {
 public:
  /// Makes room for `max_size` items, or for any number of them by default. With 0 there is no room
  /// at all; in asyncio 0 means no limit.
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

  /// Does the same without waiting. Returns false if there is no room, or if coroutines that came
  /// earlier have not taken theirs yet.
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

  /// Does the same without waiting. Returns nothing if there is no item, or if coroutines that came
  /// earlier have not taken theirs yet.
  std::optional<T> get_nowait() {
    if (!there_.try_acquire()) return std::nullopt;
    return remove();
  }

  /// Says that the work on one item that was taken out is done. Throws `std::logic_error` if that
  /// is said more often than there were items.
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
