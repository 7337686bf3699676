// The steps, from the keyword to what it stands for. Each is the same function `add`, and each
// hands out a handle of its own making: something with `resume`, `done`, `destroy` and `promise`.
#pragma once

#include <coroutine>

#include "docs/lowering/parts.h"

namespace lowering {

/// The compiler does it all.
namespace step1 {
using Handle = std::coroutine_handle<Promise>;
Sum<Handle> add(Noted a, Arrival& arrival);
}  // namespace step1

/// The variables move into a frame; the function is cut where it waits.
namespace step2 {
struct Frame;

/// A frame, and which of its functions comes next.
struct Handle {
  Frame* frame;
  void (*next)(Frame*);

  void resume() const { next(frame); }
  bool done() const;
  void destroy() const;
  Promise& promise() const;
};

Sum<Handle> add(Noted a, Arrival& arrival);
}  // namespace step2

/// One function again, with a switch: the frame itself knows where it goes on.
namespace step3 {
struct Frame;

/// A frame.
struct Handle {
  Frame* frame;

  void resume() const;
  bool done() const;
  void destroy() const;
  Promise& promise() const;
};

Sum<Handle> add(Noted a, Arrival& arrival);
}  // namespace step3

/// Two pointers to functions in front of the frame: a handle need not know whose frame it is.
namespace step4 {
/// What every frame begins with. `resume` is null once the coroutine is done.
struct Head {
  void (*resume)(Head*);
  void (*destroy)(Head*);
};

/// Any frame at all: what `std::coroutine_handle<>` is.
struct AnyHandle {
  Head* head;

  void resume() const { head->resume(head); }
  void destroy() const { head->destroy(head); }
  bool done() const { return head->resume == nullptr; }
};

/// A frame in which a Promise follows the head: what `std::coroutine_handle<Promise>` is.
struct Handle : AnyHandle {
  Promise& promise() const;
};

Sum<Handle> add(Noted a, Arrival& arrival);
}  // namespace step4

/// The proof: frames and handles are exchanged.
namespace step5 {
/// Step 4's frame in the standard library's handle.
Sum<step1::Handle> add_by_hand(Noted a, Arrival& arrival);
/// The compiler's frame in step 4's handle.
Sum<step4::Handle> add_by_compiler(Noted a, Arrival& arrival);
}  // namespace step5

}  // namespace lowering
