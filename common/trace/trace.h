// Tells the control flow of a crawl as it happens (--trace), as data too (--record), and where an
// error came from (--verbose). Whoever reads for how a stage waits may skip every line that says
// `trace`.
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

/// The attempt for which some code runs. It goes along with every callback that is left with a
/// loop, as Python's contextvars do. An attempt of 0: nobody asked, and nothing is told.
struct Context {
  std::uint64_t attempt = 0;
  bool printed = false;   ///< Hops are printed; else they are only kept for an error's origin.
  bool numbered = false;  ///< Printed lines begin with the attempt's number.
};

/// While a run is recorded, this stands for nobody: what a loop does for no attempt in particular
/// is recorded too, though never printed.
inline constexpr std::uint64_t nobody = ~std::uint64_t{0};

/// What this thread works for right now.
extern constinit thread_local Context current;

/// The one branch that all this costs when it is off.
inline bool on() noexcept { return current.attempt != 0; }

namespace detail {
std::string text(const auto&... words) {
  std::ostringstream text;
  ((text << words), ...);
  return text.str();
}

/// Prints and records. An empty `text` is not printed.
void tell(const Context& context, const Event& event, std::string_view text);

/// A hop that is under way: what all hops have in common.
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

/// What a loop was given to call, in a record: dropped without having been called, it was
/// cancelled.
class Ticket;
std::shared_ptr<Ticket> take_ticket();
/// It is called now. Its number, 0 if nothing is recorded.
std::int64_t spend(const std::shared_ptr<Ticket>& ticket) noexcept;
std::source_location line_of_call() noexcept;
}  // namespace detail

/// One thing that happened: prints `words` (anything that a stream takes) in a line, under the hop
/// that is under way, and records `event`.
void line(const Event& event, const auto&... words) {
  if (on()) [[unlikely]]
    detail::tell(current, event, detail::text(words...));
}

/// The same for a `context` that came some other way.
void line_in(const Context& context, const Event& event, const auto&... words) {
  if (context.attempt != 0) [[unlikely]]
    detail::tell(context, event, detail::text(words...));
}

/// Only recorded: nothing is printed.
inline void record(const Event& event) {
  if (on()) [[unlikely]]
    detail::tell(current, event, {});
}

/// The same, on a condition.
inline void record_if(bool condition, const Event& event) {
  if (on() && condition) [[unlikely]]
    detail::tell(current, event, {});
}

/// The same for a `context` that came some other way.
inline void record_in(const Context& context, const Event& event) {
  if (context.attempt != 0) [[unlikely]]
    detail::tell(context, event, {});
}

/// An object of this `type` begins: only recorded.
inline void made(const char* type, const void* object,
                 std::source_location at = std::source_location::current()) {
  record({"made", {{"object", object}, {"type", type}}, nullptr, at});
}

/// An object ends: only recorded.
inline void gone(const void* object, std::source_location at = std::source_location::current()) {
  record({"gone", {{"object", object}}, nullptr, at});
}

/// The loop is about to call back: records from which line.
void calling(std::source_location at = std::source_location::current());

/// One hop of control: prints `words`, and what happens while this lives stands under it.
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

/// The hop into a machine, for as long as this lives. The machines that an error leaves on its way
/// out, innermost last, are its origin. A machine without a `where()` is passed over.
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

/// The loop calls back, for as long as this lives: `context` is what the thread works for, and
/// `words` stand at the margin.
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

/// What a loop is to keep in place of `callback`, so that it is called for what the thread works
/// for now; `words` tell why. It is the callback of the `register`, `soon` or `timer` that was told
/// last.
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

/// Keeps where `error` came from, for the attempt that this thread works for. The same error on its
/// further way changes nothing.
void set_origin(const std::exception_ptr& error, std::string origin);

/// The next error stands for the last one, and came from where that did.
void keep_origin();

}  // namespace common::trace
