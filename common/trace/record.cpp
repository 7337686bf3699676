#include "common/trace/record.h"

#include <chrono>
#include <exception>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/net/clock.h"
#include "common/process/printable.h"
#include "common/trace/place.h"
#include "common/trace/record_writer.h"

namespace common::trace {
namespace {

using std::string_view;

constexpr std::size_t block_size = std::size_t{1} << 16;

/// "stage3_future_task/task.h": as it stands in the repository, wherever that was compiled.
std::string file_of(const std::source_location& location) {
  static const std::string root = [] {
    const std::string_view here = std::source_location::current().file_name();
    return std::filesystem::path(here.substr(0, here.rfind("common/trace/")))
        .lexically_normal()
        .string();
  }();
  std::string file = std::filesystem::path(location.file_name()).lexically_normal().string();
  if (!file.starts_with(root)) return file;
  file.erase(0, root.size());
  if (!root.empty() && file.starts_with('/')) file.erase(0, 1);
  return file;
}

class Line {
 public:
  void add(string_view name) {
    json_ += json_.empty() ? "{\"" : ",\"";
    json_.append(name).append("\":");
  }
  void add(string_view name, std::int64_t value) {
    add(name);
    json_ += std::to_string(value);
  }
  void add_flag(string_view name, bool value) {
    add(name);
    json_ += value ? "true" : "false";
  }
  void add_null(string_view name) {
    add(name);
    json_ += "null";
  }
  void add_due(Duration after_start) {
    using std::chrono::microseconds;
    add("due_us", std::chrono::duration_cast<microseconds>(after_start).count());
  }
  void add_word(string_view name, string_view value) {
    add(name);
    json_ += '"';
    for (const char c : value) {
      if (c == '"' || c == '\\') json_ += '\\';
      if (static_cast<unsigned char>(c) < ' ') {
        constexpr string_view digits = "0123456789abcdef";
        json_.append("\\u00")
            .append(1, digits[static_cast<std::size_t>(c) / 16])
            .append(1, digits[static_cast<std::size_t>(c) % 16]);
      } else {
        json_ += c;
      }
    }
    json_ += '"';
  }
  void add_place(string_view name, const std::source_location& location) {
    add(name);
    Line place;
    place.add_word("file", file_of(location));
    place.add("line", static_cast<std::int64_t>(location.line()));
    place.add_word("function", short_name(location.function_name()));
    json_ += place.end();
  }
  void add_json(string_view name, string_view json) {
    add(name);
    json_ += json;
  }
  std::string end() { return std::move(json_) + "}"; }

 private:
  std::string json_;
};

struct State {
  Recording::Sink sink;
  std::exception_ptr error;
  std::string block;
  TimePoint start = Clock::now();
  std::uint64_t events = 0;
  std::uint64_t turns = 0;
  std::uint64_t numbers = 0;  // of objects and tickets
  std::vector<std::uint64_t> open;
  std::map<const void*, std::uint64_t> objects;
  std::map<std::int64_t, std::uint64_t> sockets;        // by descriptor
  std::map<std::int64_t, std::uint64_t> registrations;  // their tickets, by descriptor
  std::uint64_t ticket = 0;                             // the last one
  std::source_location ticket_at;
  bool ticket_once = false;
  std::optional<std::source_location> calling;
  // The last event of each socket, and how often it was repeated. A crawler that asks busily gets
  // the same answer thousands of times.
  struct Repeated {
    std::string rest;
    std::int64_t times = 0;
  };
  std::map<std::int64_t, Repeated> repeated;
  std::set<std::int64_t> blocked;  // descriptors whose call has reported nothing new since

  void put(const std::string& line) {
    block.append(printable_json(line)).append("\n");
    if (block.size() >= block_size) flush();
  }
  void flush() {
    try {
      if (!error) sink(block);
    } catch (...) {
      error = std::current_exception();
    }
    block.clear();
  }
  std::uint64_t number_of(const void* object) {
    auto& number = objects[object];
    if (number == 0) number = ++numbers;
    return number;
  }
  /// Completes a line that lacks only its number and its time.
  void put_event(const std::string& rest) {
    Line line;
    line.add("n", static_cast<std::int64_t>(++events));
    line.add("t_us",
             std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start).count());
    std::string json = line.end();
    json.back() = ',';
    put(json + rest.substr(1));
  }
  void begin(Line& line, const Context& context, string_view kind, const std::source_location& at) {
    line.add("turn", static_cast<std::int64_t>(turns));
    line.add_word("kind", kind);
    line.add("attempt", context.attempt == nobody ? 0 : static_cast<std::int64_t>(context.attempt));
    line.add("in", open.empty() ? 0 : static_cast<std::int64_t>(open.back()));
    line.add_place("at", at);
  }
};

thread_local std::unique_ptr<State> state;

std::int64_t value_of(const Event& event, string_view name) {
  for (const Field& field : event.fields) {
    if (field.name == name) return field.number;
  }
  return 0;
}

void write_event(const Context& context, const Event& event, string_view text, int depth) {
  const string_view kind = event.kind;
  if (kind == "turn") ++state->turns;
  if (kind == "blocks" && !state->blocked.insert(value_of(event, "fd")).second) return;
  Line line;
  state->begin(line, context, kind, event.at);
  // Behind make_unique, or the emplace of an optional, the line that called is the library's.
  if (event.by && file_of(*event.by).find("include/c++") == std::string::npos)
    line.add_place("by", *event.by);
  if (!text.empty() && context.attempt != nobody) {
    line.add_word("text", text);
    line.add("depth", depth);
  }
  if (kind == "made") {
    for (const Field& field : event.fields) {
      if (field.type == Field::Type::object) state->objects.erase(field.object);
    }
  }
  for (const Field& field : event.fields) {
    switch (field.type) {
    case Field::Type::number:
      if (kind == "timer") {
        line.add_due(Duration(field.number) - state->start.time_since_epoch());
      } else {
        line.add(field.name, field.number);
      }
      break;
    case Field::Type::word:
      line.add_word(field.name, field.word);
      break;
    case Field::Type::flag:
      line.add_flag(field.name, field.number != 0);
      break;
    case Field::Type::object:
      if (field.object == nullptr) {
        line.add_null(field.name);
      } else {
        line.add(field.name, static_cast<std::int64_t>(state->number_of(field.object)));
      }
    }
  }
  if (kind == "gone") state->objects.erase(event.fields.begin()->object);
  if (kind == "socket" || kind == "blocks") {
    const auto fd = value_of(event, "fd");
    auto& number = state->sockets[fd];
    if (number == 0) number = ++state->numbers;
    line.add("object", static_cast<std::int64_t>(number));
    for (const Field& field : event.fields) {
      if (field.word == "close") state->sockets.erase(fd);
    }
  }
  if (kind == "register" || kind == "soon" || kind == "timer") {
    state->ticket = ++state->numbers;
    state->ticket_at = event.at;
    state->ticket_once = kind != "register";
    line.add("ticket", static_cast<std::int64_t>(state->ticket));
    if (kind == "register") state->registrations[value_of(event, "fd")] = state->ticket;
  }
  if (kind == "unregister") {
    const auto entry = state->registrations.extract(value_of(event, "fd"));
    line.add("ticket", entry.empty() ? 0 : static_cast<std::int64_t>(entry.mapped()));
  }
  std::string rest = line.end();
  if (kind == "socket" && state->turns == 0) {
    auto& repeated = state->repeated[value_of(event, "fd")];
    if (repeated.rest == rest) {
      ++repeated.times;
      return;
    }
    const auto times = std::exchange(repeated.times, 0);
    repeated.rest = rest;
    if (times > 0) {
      Line again;
      state->begin(again, context, "again", event.at);
      again.add("fd", value_of(event, "fd"));
      again.add("times", times);
      state->put_event(again.end());
    }
  }
  if (kind == "socket") state->blocked.erase(value_of(event, "fd"));
  state->put_event(rest);
}

}  // namespace

namespace detail {

std::uint64_t write(const Context& context, const Event& event, string_view text,
                    int depth) noexcept {
  if (!state) return 0;
  try {
    write_event(context, event, text, depth);
    return state->events;
  } catch (...) {
    if (!state->error) state->error = std::current_exception();
    return 0;
  }
}

void open_hop(std::uint64_t event) noexcept {
  if (state && event != 0) state->open.push_back(event);
}

void close_hop(std::uint64_t event, bool threw, const std::source_location& at) noexcept {
  if (!state || event == 0) return;
  state->open.pop_back();
  write(current, {"leave", {{"hop", event}, {"threw", threw}}, nullptr, at}, {}, 0);
}

class Ticket {
 public:
  Ticket() : number(state->ticket), at(state->ticket_at), spent(!state->ticket_once) {}
  Ticket(const Ticket&) = delete;
  Ticket& operator=(const Ticket&) = delete;
  ~Ticket() {
    if (!spent) write(current, {"cancelled", {{"ticket", number}}, nullptr, at}, {}, 0);
  }
  const std::uint64_t number;
  const std::source_location at;
  bool spent;
};

std::shared_ptr<Ticket> take_ticket() { return state ? std::make_shared<Ticket>() : nullptr; }

std::int64_t spend(const std::shared_ptr<Ticket>& ticket) noexcept {
  if (!ticket) return 0;
  ticket->spent = true;
  return static_cast<std::int64_t>(ticket->number);
}

std::source_location line_of_call() noexcept {
  return state && state->calling ? *state->calling : std::source_location{};
}

}  // namespace detail

void calling(std::source_location at) {
  if (on() && state) [[unlikely]]
    state->calling = at;
}

bool recording() noexcept { return state != nullptr; }

Recording::Recording(Sink sink, std::string_view header) {
  state = std::make_unique<State>();
  state->sink = std::move(sink);
  state->put(std::string(header));
  current = Context{.attempt = nobody};
}

Recording::~Recording() {
  if (state) state->flush();
  state.reset();
  current = {};
}

void Recording::finish() {
  if (!state) return;
  state->flush();
  const std::exception_ptr error = state->error;
  state.reset();
  current = {};
  if (error) std::rethrow_exception(error);
}

}  // namespace common::trace
