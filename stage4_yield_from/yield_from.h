// Shows: all of `yield from` (§4.5.1; PEP 380) in one line. New in this stage; stage 5 writes
// `co_await`.
#pragma once

#include "common/trace/trace.h"
#include "generator.h"

namespace stage4 {

/// The two-way channel between whoever resumes the caller and the caller's `child`: what was sent
/// goes in, value or error; what the child yields, returns or throws comes out.
///
/// Reached by falling through where the child was made, and again at each resume, until the child
/// has returned:
///
///     [[fallthrough]];
///   case waiting: {
///     auto step = yield_from(child, sent);
///     if (!step.returned()) {
///       state_ = waiting;
///       return step.yielded();
///     }
///     … step.value() …
///   }
auto yield_from(Awaitable auto& child, Sent& sent) {
  const common::trace::Resume resume(child);
  return child.resume(sent);
}

}  // namespace stage4
