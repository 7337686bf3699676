// Shows: memory that is used again at once. A crawler starts and ends the same few coroutines all
// the time, and malloc need not hear of it (§4.6). New in this stage.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

namespace stage5 {

/// A block of at least `size` bytes, aligned as `operator new` does unasked: one that was recycled
/// in this thread, or else one of `operator new`'s. Throws `std::bad_alloc`.
void* allocate_recycled(std::size_t size);

/// Keeps the block for the next `allocate_recycled` of about the same size. `size` is what was
/// asked for.
void recycle(void* block, std::size_t size) noexcept;

/// The same for containers.
template <class T>
struct Recycled {
  using value_type = T;

  Recycled() = default;
  template <class Other>
  Recycled(const Recycled<Other>&) noexcept {}

  T* allocate(std::size_t count) {
    static_assert(alignof(T) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__);
    return static_cast<T*>(allocate_recycled(count * sizeof(T)));
  }
  void deallocate(T* block, std::size_t count) noexcept { recycle(block, count * sizeof(T)); }

  friend bool operator==(const Recycled&, const Recycled&) { return true; }
};

/// The same for one object, as `RecycledPtr` owns it.
struct DeleteRecycled {
  /// `object` is a T itself, not something derived from it: its size is what is recycled.
  template <class T>
  void operator()(T* object) const noexcept {
    std::destroy_at(object);
    recycle(object, sizeof(T));
  }
};
template <class T>
using RecycledPtr = std::unique_ptr<T, DeleteRecycled>;

/// `std::make_unique` for it; throws what T's constructor throws, or `std::bad_alloc`.
template <class T, class... Arguments>
RecycledPtr<T> make_recycled(Arguments&&... arguments) {
  Recycled<T> memory;
  T* const block = memory.allocate(1);
  try {
    return RecycledPtr<T>(std::construct_at(block, std::forward<Arguments>(arguments)...));
  } catch (...) {
    memory.deallocate(block, 1);
    throw;
  }
}

/// `frame_counts`: how many coroutine frames this thread has created and destroyed so far.
struct FrameCounts {
  std::size_t created = 0;
  std::size_t destroyed = 0;
};
extern constinit thread_local FrameCounts frame_counts;

}  // namespace stage5
