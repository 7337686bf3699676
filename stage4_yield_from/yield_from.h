// Shows: all of `yield from` (§4.5.1; PEP 380) in one line. New in this stage; stage 5 writes
// `co_await` instead.
#pragma once

#include "common/trace/trace.h"
#include "generator.h"

namespace stage4 {

/// Resumes a machine's `child` with what the machine itself was resumed with, and returns how that
/// ended. So the machine that waits becomes a two-way channel between its own caller and the child:
/// a value or an error that is sent goes in, and what the child yields, returns or throws comes
/// out. The child may be a machine or a Future, and it may have a child of its own.
///
/// The machine calls it at its `case`. It gets there twice over: by falling through when it has
/// just made the child, and by the `switch` each time it is resumed, until the child has returned.
/// Whatever the child yields, the machine yields on, and stays in this state:
///
/// ```cpp
/// struct Leaf {
///   Step<Value> resume(Sent& sent) { return sent.take(); }
/// };
/// struct Parent {  // stands for: return yield from child;
///   Leaf child;
///   Step<Value> resume(Sent& sent) {
///     auto step = yield_from(child, sent);
///     if (!step.returned()) return step.yielded();  // suspended inside the child
///     return std::move(step.value());
///   }
/// };
/// ```
///
/// The child belongs to the machine that made it. Destroy the child before anything it refers to,
/// which declaring it as the last member does. Do not resume a child that has returned or thrown:
/// the crawler's machines throw `std::logic_error` then. What PEP 380 promises about sending,
/// throwing and closing is tested rule by rule in tests/stage4_yield_from/pep_380_test.cpp.
auto yield_from(Awaitable auto& child, Sent& sent) {
  const common::trace::Resume resume(child);
  return child.resume(sent);
}

}  // namespace stage4
