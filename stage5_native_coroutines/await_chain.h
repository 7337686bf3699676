// Shows: what stage 4's states told by hand (§4.6): where each coroutine of a chain waits. New in
// this stage.
#pragma once

#include <string>

namespace stage5 {

struct PromiseBase;

/// The coroutines that await one another down to `innermost`, each with the `co_await` at which it
/// waits: "fetch at crawler.cpp:26 ← read_all at async_io.cpp:42", outermost first.
std::string await_chain(const PromiseBase& innermost);

/// Tells the trace that `innermost` is left by the exception that is being handled.
void tell_origin(const PromiseBase& innermost) noexcept;

}  // namespace stage5
