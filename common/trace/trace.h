// Prints the control flow of a crawl while it happens (--trace), writes it down as data (--record),
// and keeps where an error came from (--verbose). If you read the code to learn how a stage waits,
// skip every line that says `trace`: without them the program does the same.
//
// Socket, Future, Task and the loops call these functions; a crawler calls none of them. Three
// words recur. An *event* is one thing that happened, as data. A *line* is the same in words,
// printed on stderr. A *hop* is a passage of control from one part to another; lines that happen
// during a hop are indented under it. All state is kept for each thread separately, so the
// functions may be called from any thread. They cost one branch when the trace is off.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <source_location>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

#include "common/trace/event.h"

namespace common::trace {

/// Names the attempt that some code is running for. The Frontier makes one for each attempt that is
/// to be traced. It travels with every callback that is left with a loop, as Python's contextvars
/// do (see `carried`). If `attempt` is 0, nothing is printed or recorded.
struct Context {
  std::uint64_t attempt = 0;
  bool printed = false;   ///< Hops are printed; else they are only kept for an error's origin.
  bool numbered = false;  ///< Printed lines begin with the attempt's number.
};

/// Stands in for an attempt's number while a run is recorded, for what a loop does for no attempt
/// in particular. Such events are recorded, but never printed.
inline constexpr std::uint64_t nobody = ~std::uint64_t{0};

/// Holds the Context that this thread works for right now.
extern constinit thread_local Context current;

/// Returns whether this thread works for an attempt that is traced or recorded. It is the only cost
/// of a trace that is off.
inline bool on() noexcept { return current.attempt != 0; }

namespace detail {
std::string text(const auto&... words) {
  std::ostringstream text;
  ((text << words), ...);
  return text.str();
}

/// Prints `text` and records `event`. An empty `text` is not printed.
void tell(const Context& context, const Event& event, std::string_view text);

/// Holds what all hops have in common while they last.
class Open {
 public:
  Open() = default;
  Open(const Open&) = delete;
  Open& operator=(const Open&) = delete;

 protected:
  void enter(const Event& event, std::string_view text);
  bool failed() const noexcept;
  void leave() const noexcept;
  bool entered_ = false;
  std::source_location at_;

 private:
  int depth_before_ = 0;
  int exceptions_before_ = 0;
  std::uint64_t event_ = 0;  // its number in the record
};

/// Stands in a record for one callback that a loop was given. If the last copy is destroyed before
/// `spend` was called, the record says that the callback was cancelled.
class Ticket;
std::shared_ptr<Ticket> take_ticket();
/// Notes that the callback is called now, and returns the ticket's number: 0 if nothing is
/// recorded.
std::int64_t spend(const std::shared_ptr<Ticket>& ticket) noexcept;
std::source_location line_of_call() noexcept;
}  // namespace detail

/// Prints `words` as one line, indented under the current hop, and records `event`. The words are
/// anything that can be written to a stream. They are put together only if the trace is on.
void line(const Event& event, const auto&... words) {
  if (on()) [[unlikely]]
    detail::tell(current, event, detail::text(words...));
}

/// Does the same as `line`, for a `context` that is not this thread's current one. A Socket keeps
/// its own in its Timing.
void line_in(const Context& context, const Event& event, const auto&... words) {
  if (context.attempt != 0) [[unlikely]]
    detail::tell(context, event, detail::text(words...));
}

/// Records `event` and prints nothing.
inline void record(const Event& event) {
  if (on()) [[unlikely]]
    detail::tell(current, event, {});
}

/// Does the same as `record` if `condition` holds.
inline void record_if(bool condition, const Event& event) {
  if (on() && condition) [[unlikely]]
    detail::tell(current, event, {});
}

/// Does the same as `record`, for a `context` that is not this thread's current one.
inline void record_in(const Context& context, const Event& event) {
  if (context.attempt != 0) [[unlikely]]
    detail::tell(context, event, {});
}

/// Records that an object of this `type` has been made. Call `gone` in its destructor.
inline void made(const char* type, const void* object,
                 std::source_location at = std::source_location::current()) {
  record({"made", {{"object", object}, {"type", type}}, nullptr, at});
}

/// Records that an object is being destroyed.
inline void gone(const void* object, std::source_location at = std::source_location::current()) {
  record({"gone", {{"object", object}}, nullptr, at});
}

/// Notes the line from which the loop is about to call a callback. `carried` records it.
void calling(std::source_location at = std::source_location::current());

/// Marks a hop for as long as it lives: its constructor prints `words` and records the event, and
/// every line until its destructor is indented under it. Declare it at the top of the function that
/// control has passed into:
///
/// ```cpp
/// const Hop hop({"turn"}, "loop.run");
/// line({"soon"}, "call_soon");  // printed one step further to the right
/// ```
///
/// Hops of one thread must be destroyed in reverse order, as local variables are.
class Hop : detail::Open {
 public:
  explicit Hop(const Event& event, const auto&... words) {
    if (on()) [[unlikely]]
      enter(event, detail::text(words...));
  }
  ~Hop() {
    if (entered_) [[unlikely]]
      leave();
  }
};

/// Marks the hop into a machine that is being resumed. If an error leaves machines on its way out,
/// their names and states (`where()`), the innermost last, are kept as the error's origin, which
/// --verbose prints. A machine without a `where()` is left out.
class Resume : detail::Open {
 public:
  explicit Resume(const auto& machine, std::source_location at = std::source_location::current()) {
    if constexpr (requires { machine.where(); }) {
      if (on()) [[unlikely]]
        enter(&machine, machine.where(), at);
    }
  }
  ~Resume() {
    if (entered_) [[unlikely]]
      leave();
  }

 private:
  void enter(const void* machine, std::string where, std::source_location at);
  void leave() noexcept;
  const void* machine_ = nullptr;
};

/// Marks one callback of a loop: as long as it lives, `context` is what the thread works for. Its
/// `words` are printed at the left margin, because a callback begins with an empty stack.
class Turn : detail::Open {
 public:
  Turn(const Context& context, const Event& event, const auto&... words)
      : context_before_(std::exchange(current, context)) {
    if (on()) [[unlikely]]
      enter(event, detail::text(words...));
  }
  ~Turn() {
    if (entered_) [[unlikely]]
      leave();
    current = context_before_;
  }

 private:
  void enter(const Event& event, std::string words);
  void leave() const noexcept;
  const Context context_before_;
  int depth_around_ = 0;
};

/// Wraps a callback that is left with a loop. The loop keeps what this returns in place of
/// `callback`. When it is called, the thread works for the same Context as now, and prints `words`,
/// which say why it is called. If the trace is off, this returns `callback` unchanged. Call it
/// right after the `line` or `record` of the `register`, `soon` or `timer` that it belongs to,
/// because the record ties the two together.
template <class... Arguments>
std::function<void(Arguments...)> carried(std::function<void(Arguments...)> callback,
                                          const auto&... words) {
  if (!on()) [[likely]]
    return callback;
  return [callback = std::move(callback), context = current, text = detail::text(words...),
          ticket = detail::take_ticket()](Arguments... arguments) {
    const auto number = detail::spend(ticket);
    const Turn turn(context, {"call", {{"ticket", number}}, nullptr, detail::line_of_call()}, text);
    callback(std::forward<Arguments>(arguments)...);
  };
}

/// Keeps where `error` came from, for the attempt that this thread works for. A further call for
/// the same error, on its way out, changes nothing.
void set_origin(const std::exception_ptr& error, std::string origin);

/// Announces that the next error replaces the last one, and keeps the last one's origin for it.
void keep_origin();

}  // namespace common::trace
