// Shows: what stage 4's states told by hand (§4.6): where each coroutine of a chain waits. New in
// this stage.
#pragma once

#include <exception>
#include <string>

namespace stage5 {

struct PromiseBase;

/// The coroutines that await one another down to `innermost`, each with the `co_await` at which it
/// waits: "fetch at crawler.cpp:26 ← read_all at async_io.cpp:42", outermost first.
std::string await_chain(const PromiseBase& innermost);

/// The exception that is being handled. Tells the trace that it leaves `innermost`.
std::exception_ptr tell_origin(const PromiseBase& innermost) noexcept;

}  // namespace stage5
