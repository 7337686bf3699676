// The memory of frames. Not in the header, so that no compiler sees through it and leaves it out.
#include "docs/lowering/parts.h"

#include <new>

namespace lowering {

void* Promise::operator new(std::size_t size) {
  note("frame: memory is taken");
  return ::operator new(size);
}

void Promise::operator delete(void* memory) {
  ::operator delete(memory);
  note("frame: memory is given back");
}

}  // namespace lowering
