#include "common/trace/attempt_trace.h"

#include <exception>
#include <unordered_map>
#include <vector>

#include "common/process/output.h"

namespace common::trace {

constinit thread_local Context current;

namespace {

// How deep the next line stands in the hops around it. None of an attempt's stands at the margin:
// its own first and last line do, and the loop's.
constinit thread_local int depth = 1;

// The machines that were resumed and have not come back yet, outermost first.
thread_local std::vector<std::string> machines;

// As many machines as an error has not left yet, while it is on its way out.
constexpr std::size_t no_error = ~std::size_t{0};
thread_local std::size_t left_to_leave = no_error;

// The callback of the loop that is under way.
thread_local std::string turn_under_way;

struct Origin {
  std::string text;
  std::exception_ptr error;  // whose it is, if that is known
  bool keep = false;         // the next error's, too
};
thread_local std::unordered_map<std::uint64_t, Origin> origins;

// The last line, and how often it came again since: whoever asks a socket in a busy loop has but
// one thing to tell.
thread_local std::string last_line;
thread_local std::size_t repeated = 0;

void print_at(int depth, const Context& context, std::string_view text) {
  if (!context.printed) return;
  std::string line;
  if (context.numbered) line = "[" + std::to_string(context.attempt) + "] ";
  line.append(2 * static_cast<std::size_t>(depth), ' ');
  const std::size_t indent = line.size();
  line.append(text).append("\n");
  if (line == last_line) {
    ++repeated;
    return;
  }
  std::string out;
  if (const auto times = std::exchange(repeated, 0); times > 0)
    out = line.substr(0, indent) + "and again, " + std::to_string(times) + " times\n";
  out += line;
  last_line = std::move(line);
  say(out);
}

std::string chain() {
  std::string chain;
  for (const auto& where : machines) chain += (chain.empty() ? "" : " ← ") + where;
  return chain;
}

}  // namespace

namespace detail {

void print(const Context& context, std::string_view text) { print_at(depth, context, text); }

}  // namespace detail

void Hop::enter(std::string_view text) {
  detail::print(current, text);
  depth_before_ = depth++;
  entered_ = true;
}

void Hop::leave() const noexcept { depth = depth_before_; }

void Resume::enter(std::string where) {
  detail::print(current, "resume " + where);
  depth_before_ = depth++;
  machines.push_back(std::move(where));
  left_to_leave = no_error;
  exceptions_before_ = std::uncaught_exceptions();
  entered_ = true;
}

void Resume::leave() noexcept {
  const bool failed = std::uncaught_exceptions() > exceptions_before_;
  if (failed && left_to_leave != machines.size()) origins[current.attempt].text = chain();
  if (failed) detail::print(current, "throws");
  depth = depth_before_;
  machines.pop_back();
  left_to_leave = failed ? machines.size() : no_error;
}

void Turn::enter(std::string words) {
  print_at(0, current, words);
  turn_under_way = std::move(words);
  depth_before_ = std::exchange(depth, 1);
  entered_ = true;
}

void Turn::leave() const noexcept {
  turn_under_way.clear();
  depth = depth_before_;
}

void set_origin(const std::exception_ptr& error, std::string origin) {
  if (!on()) return;
  Origin& kept = origins[current.attempt];
  const bool changes = kept.error != error && !std::exchange(kept.keep, false);
  kept.error = error;
  if (changes) kept.text = std::move(origin);
}

void keep_origin() {
  if (on()) origins[current.attempt].keep = true;
}

void begin(const Context& context, std::string_view words) {
  current = context;
  depth = 1;
  print_at(0, current, words);
}

void end(const Context& context, std::string_view words) {
  print_at(0, context, words);
  current = {};
}

std::string take_origin(const Context& context) {
  auto kept = origins.extract(context.attempt);
  return kept.empty() ? turn_under_way : std::move(kept.mapped().text);
}

}  // namespace common::trace
