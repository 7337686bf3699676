// Shows: a free list for each size (§4.6). New in this stage.
#include "recycling.h"

#include <array>
#include <new>
#include <utility>

namespace stage5 {

constinit thread_local FrameCounts frame_counts;

namespace {

// Blocks are of 8, 24, 40 … bytes: the sizes that leave malloc nothing to round up.
constexpr std::size_t step = 16;
constexpr std::size_t smallest = 8;
constexpr std::size_t largest = LARGEST_RECYCLED;  // what is larger is left to `operator new`

// The free blocks of one thread: of each size a chain, each block holding the address of the next.
class FreeLists {
 public:
  ~FreeLists() {
    for (Block*& list : lists_) {
      while (list != nullptr) ::operator delete(std::exchange(list, list->next));
    }
  }

  void* take(std::size_t size) {
    Block*& list = lists_[index(size)];
    if (list == nullptr) return ::operator new(index(size) * step + smallest);
    return std::exchange(list, list->next);
  }

  void keep(void* block, std::size_t size) noexcept {
    Block*& list = lists_[index(size)];
    list = ::new (block) Block{list};
  }

 private:
  struct Block {
    Block* next;
  };
  static std::size_t index(std::size_t size) { return (size + step - 1 - smallest) / step; }

  std::array<Block*, largest / step + 1> lists_{};
};

thread_local FreeLists free_lists;

}  // namespace

void* allocate_recycled(std::size_t size) {
  return size > largest ? ::operator new(size) : free_lists.take(size);
}

void recycle(void* block, std::size_t size) noexcept {
  if (size > largest) {
    ::operator delete(block);
  } else {
    free_lists.keep(block, size);
  }
}

}  // namespace stage5
