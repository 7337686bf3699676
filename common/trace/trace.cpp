#include "common/trace/attempt_trace.h"

#include <exception>
#include <unordered_map>
#include <vector>

#include "common/process/output.h"
#include "common/trace/record.h"
#include "common/trace/record_writer.h"

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

void print_at(int indentation, const Context& context, std::string_view text) {
  if (!context.printed) return;
  std::string line;
  if (context.numbered) line = "[" + std::to_string(context.attempt) + "] ";
  line.append(2 * static_cast<std::size_t>(indentation), ' ');
  const std::size_t indent = line.size();
  line.append(text).append("\n");
  if (line == last_line) {
    ++repeated;
    return;
  }
  std::string out;
  if (const auto times = std::exchange(repeated, 0); times > 0)
    out = line.substr(0, indent) + "and again, " +
          (times == 1 ? "once\n" : std::to_string(times) + " times\n");
  out += line;
  last_line = std::move(line);
  say(out);
}

std::string chain() {
  std::string chain;
  for (const auto& where : machines) chain += (chain.empty() ? "" : " ← ") + where;
  return chain;
}

// The machine's name and its state: "Fetch at reading".
std::pair<std::string_view, std::string_view> name_and_state(std::string_view where) {
  const auto at = where.find(" at ");
  if (at == where.npos) return {where, {}};
  return {where.substr(0, at), where.substr(at + 4)};
}

}  // namespace

namespace detail {

void tell(const Context& context, const Event& event, std::string_view text) {
  write(context, event, text, depth);
  if (!text.empty()) print_at(depth, context, text);
}

void Open::enter(const Event& event, std::string_view text) {
  event_ = write(current, event, text, depth);
  if (!text.empty()) print_at(depth, current, text);
  open_hop(event_);
  at_ = event.at;
  depth_before_ = depth++;
  exceptions_before_ = std::uncaught_exceptions();
  entered_ = true;
}

bool Open::failed() const noexcept { return std::uncaught_exceptions() > exceptions_before_; }

void Open::leave() const noexcept {
  depth = depth_before_;
  close_hop(event_, failed(), at_);
}

}  // namespace detail

void Resume::enter(const void* machine, std::string where, std::source_location at) {
  const auto [name, state] = name_and_state(where);
  machine_ = machine;
  // A machine that starts is a new one, though another may have been in its place.
  if (state == "starting") {
    detail::write(current,
                  {"made", {{"object", machine}, {"type", "machine"}, {"name", name}}, nullptr, at},
                  {}, 0);
  }
  Open::enter({"resume", {{"object", machine}, {"name", name}, {"state", state}}, nullptr, at},
              "resume " + where);
  machines.push_back(std::move(where));
  left_to_leave = no_error;
}

void Resume::leave() noexcept {
  const bool thrown = failed();
  if (thrown && left_to_leave != machines.size()) origins[current.attempt].text = chain();
  if (thrown) detail::tell(current, {"throw", {{"object", machine_}}, nullptr, at_}, "throws");
  Open::leave();
  machines.pop_back();
  left_to_leave = thrown ? machines.size() : no_error;
}

void Turn::enter(const Event& event, std::string words) {
  const int depth_around = std::exchange(depth, 0);
  Open::enter(event, words);
  turn_under_way = std::move(words);
  depth_around_ = depth_around;
}

void Turn::leave() const noexcept {
  turn_under_way.clear();
  Open::leave();
  depth = depth_around_;
}

void set_origin(const std::exception_ptr& error, std::string origin) {
  if (!on() || current.attempt == nobody) return;
  Origin& kept = origins[current.attempt];
  const bool changes = kept.error != error && !std::exchange(kept.keep, false);
  kept.error = error;
  if (changes) kept.text = std::move(origin);
}

void keep_origin() {
  if (on() && current.attempt != nobody) origins[current.attempt].keep = true;
}

void begin(const Context& context, const Event& event, std::string_view words) {
  current = context;
  depth = 0;
  detail::tell(current, event, words);
  depth = 1;
}

void end(const Context& context, const Event& event, std::string_view words) {
  const int depth_around = std::exchange(depth, 0);
  detail::tell(context, event, words);
  depth = depth_around;
  pause();
}

void pause() noexcept { current = Context{.attempt = recording() ? nobody : 0}; }

std::string take_origin(const Context& context) {
  auto kept = origins.extract(context.attempt);
  return kept.empty() ? turn_under_way : std::move(kept.mapped().text);
}

}  // namespace common::trace
