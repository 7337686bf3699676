// Tells the control flow of a crawl as it happens (--trace), and where an error came from
// (--verbose). Whoever reads for how a stage waits may skip every line that says `trace`.
#pragma once

#include <cstdint>
#include <exception>
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
  explicit Turn(const Context& context, const auto&... words)
      : context_before_(std::exchange(current, context)) {
    if (on()) [[unlikely]]
      enter(detail::text(words...));
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    if (entered_) [[unlikely]]
      leave();
    current = context_before_;
  }

 private:
  void enter(std::string words);
  void leave() const noexcept;
  const Context context_before_;
  bool entered_ = false;
  int depth_before_ = 0;
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

/// Keeps where `error` came from, for the attempt that this thread works for. The same error on its
/// further way changes nothing.
void set_origin(const std::exception_ptr& error, std::string origin);

/// The next error stands for the last one, and came from where that did.
void keep_origin();

}  // namespace common::trace
