#include "common/net/timer_queue.h"

namespace common {

Timer& Timer::operator=(Timer&& other) noexcept {
  if (this != &other) {
    cancel();
    queue_ = std::exchange(other.queue_, nullptr);
    slot_ = other.slot_;
    id_ = other.id_;
  }
  return *this;
}

void Timer::cancel() noexcept {
  if (TimerQueue* queue = std::exchange(queue_, nullptr)) queue->cancel(slot_, id_);
}

TimerQueue::~TimerQueue() {
  // A callback may own the very Timer that it was set with: when the callbacks go, such a Timer
  // must find nothing left to cancel.
  for (Slot& slot : slots_) slot.id = 0;
  for (Slot& slot : slots_) slot.callback = nullptr;
}

Timer TimerQueue::call_at(TimePoint when, Callback callback) {
  if (free_.empty()) {
    // There is room for every slot everywhere, so that neither cancelling nor calling allocates.
    const std::size_t needed = slots_.size() + 1;
    if (needed > slots_.capacity()) slots_.reserve(2 * needed);
    heap_.reserve(slots_.capacity());
    free_.reserve(slots_.capacity());
    slots_.emplace_back();
    free_.push_back(static_cast<std::uint32_t>(slots_.size() - 1));
  }
  const std::uint32_t slot = free_.back();
  free_.pop_back();
  const std::uint64_t id = ++added_;
  slots_[slot].callback = std::move(callback);
  slots_[slot].id = id;
  push({when, id, slot});
  return Timer(*this, slot, id);
}

std::optional<TimePoint> TimerQueue::next_due() const {
  if (heap_.empty()) return std::nullopt;
  return heap_.front().when;
}

void TimerQueue::cancel(std::uint32_t slot, std::uint64_t id) noexcept {
  if (slots_[slot].id != id) return;  // called already
  if (slots_[slot].position != not_in_heap) remove(slots_[slot].position);
  release(slot);
}

/// Makes the slot free for the next timer and hands out its callback, which may own Timers: so it
/// is called and destroyed when the queue is in order again.
TimerQueue::Callback TimerQueue::release(std::uint32_t slot) noexcept {
  slots_[slot].id = 0;
  free_.push_back(slot);
  return std::exchange(slots_[slot].callback, nullptr);
}

void TimerQueue::push(Entry entry) noexcept {
  heap_.push_back(entry);
  sift_up(heap_.size() - 1, entry);
}

/// Takes an entry out of the heap; the last one fills the gap.
TimerQueue::Entry TimerQueue::remove(std::size_t position) noexcept {
  const Entry removed = heap_[position];
  const Entry last = heap_.back();
  heap_.pop_back();
  slots_[removed.slot].position = not_in_heap;
  if (position < heap_.size()) {
    if (last.before(removed)) {
      sift_up(position, last);
    } else {
      sift_down(position, last);
    }
  }
  return removed;
}

void TimerQueue::place(std::size_t position, Entry entry) noexcept {
  heap_[position] = entry;
  slots_[entry.slot].position = position;
}

void TimerQueue::sift_up(std::size_t position, Entry entry) noexcept {
  while (position > 0) {
    const std::size_t parent = (position - 1) / 2;
    if (!entry.before(heap_[parent])) break;
    place(position, heap_[parent]);
    position = parent;
  }
  place(position, entry);
}

void TimerQueue::sift_down(std::size_t position, Entry entry) noexcept {
  for (;;) {
    std::size_t child = 2 * position + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && heap_[child + 1].before(heap_[child])) ++child;
    if (!heap_[child].before(entry)) break;
    place(position, heap_[child]);
    position = child;
  }
  place(position, entry);
}

}  // namespace common
