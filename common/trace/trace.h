// Tells the control flow of a crawl as it happens (--trace), and where an error came from
// (--verbose). Whoever reads for how a stage waits may skip every line that says `trace`.
#pragma once

#include <cstdint>
#include <functional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

namespace common::trace {

/// The attempt for which some code runs. It goes along with every callback that is left with a
/// loop, as Python's contextvars do. An attempt of 0: nobody asked, and nothing is told.
struct Context {
  std::uint64_t attempt = 0;
  bool printed = false;   ///< Hops are printed; else they are only kept for an error's origin.
  bool numbered = false;  ///< Printed lines begin with the attempt's number.
};

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
void print(const Context& context, std::string_view text);
}  // namespace detail

/// One thing that happened: prints `words` (anything that a stream takes) in a line, under the hop
/// that is under way.
void line(const auto&... words) {
  if (on()) [[unlikely]]
    detail::print(current, detail::text(words...));
}

/// The same for a `context` that came some other way.
void line_in(const Context& context, const auto&... words) {
  if (context.attempt != 0) [[unlikely]]
    detail::print(context, detail::text(words...));
}

/// One hop of control: prints `words`, and what happens while this lives stands under it.
class Hop {
 public:
  explicit Hop(const auto&... words) {
    if (on()) [[unlikely]]
      enter(detail::text(words...));
  }
  Hop(const Hop&) = delete;
  Hop& operator=(const Hop&) = delete;
  ~Hop() {
    if (entered_) [[unlikely]]
      leave();
  }

 private:
  void enter(std::string_view text);
  void leave() const noexcept;
  bool entered_ = false;
  int depth_before_ = 0;
};

/// The hop into a machine, for as long as this lives. The machines that an error leaves on its way
/// out, innermost last, are its origin. A machine without a `where()` is passed over.
class Resume {
 public:
  explicit Resume(const auto& machine) {
    if constexpr (requires { machine.where(); }) {
      if (on()) [[unlikely]]
        enter(machine.where());
    }
  }
  Resume(const Resume&) = delete;
  Resume& operator=(const Resume&) = delete;
  ~Resume() {
    if (entered_) [[unlikely]]
      leave();
  }

 private:
  void enter(std::string where);
  void leave() noexcept;
  bool entered_ = false;
  int depth_before_ = 0;
  int exceptions_before_ = 0;
};

/// The loop calls back, for as long as this lives: `context` is what the thread works for, and
/// `words` stand at the margin.
class Turn {
 public:
  Turn(const Context& context, std::string_view words);
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn();

 private:
  Context context_before_;
  int depth_before_;
};

/// What a loop is to keep in place of `callback`, so that it is called for what the thread works
/// for now; `words` tell why.
template <class... Arguments>
std::function<void(Arguments...)> carried(std::function<void(Arguments...)> callback,
                                          const auto&... words) {
  if (!on()) [[likely]]
    return callback;
  return [callback = std::move(callback), context = current,
          text = detail::text(words...)](Arguments... arguments) {
    const Turn turn(context, text);
    callback(std::forward<Arguments>(arguments)...);
  };
}

/// Keeps `origin` for the attempt that this thread works for: where its error came from.
void set_origin(std::string origin);

// For the Frontier, which knows when an attempt begins and ends.

/// This thread works for `context` from now on; prints `words` at the margin.
void begin(const Context& context, std::string_view words);

/// The attempt has ended: prints `words` at the margin. The thread works for nobody from now on.
void end(const Context& context, std::string_view words);

/// The thread works for nobody.
inline void pause() noexcept { current = {}; }

/// Where the attempt's error came from, once: what `set_origin` or a `Resume` kept, else the
/// callback of the loop in which this is asked, else nothing.
std::string take_origin(const Context& context);

}  // namespace common::trace
