// The report as a picture of time, for a viewer of traces.
#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "common/crawl/crawl_report.h"

namespace common {
namespace {

namespace json = boost::json;

struct Phase {
  const char* name;
  std::optional<Duration> begin;
};

/// One event of the page with this id: begin ("b") or end ("e"). What has the same id is nested.
/// Whole microseconds: JSON's 1.5E3 is not understood by each viewer.
json::object event(std::string_view name, const char* kind, std::size_t id, Duration time) {
  const auto timestamp = std::chrono::floor<std::chrono::microseconds>(time);
  return {{"name", name}, {"cat", "page"},          {"ph", kind}, {"id", id}, {"pid", 1},
          {"tid", 1},     {"ts", timestamp.count()}};
}

json::object figures_of(const PageResult& page) {
  json::object figures = {{"url", page.url},
                          {"status", page.status},
                          {"body_bytes", page.body_bytes},
                          {"tries", page.tries}};
  if (page.error) figures["error"] = page.error.message();
  return figures;
}

std::string_view path_of(std::string_view url) {
  const auto authority = url.find("//") + 2;
  return url.substr(std::min(url.find('/', authority), url.size()));
}

/// The page, and inside it the phases that it came to, each up to the next one.
void add_page(json::array& events, const PageResult& page, std::size_t id) {
  const std::array<Phase, 3> phases = {
      {{"connecting", page.connecting}, {"waiting", page.sent}, {"reading", page.first_byte}}};
  const std::string_view name = path_of(page.url);
  json::object whole = event(name, "b", id, *page.connecting);
  whole["args"] = figures_of(page);
  events.push_back(std::move(whole));
  const char* entered = nullptr;
  for (const Phase& phase : phases) {
    if (!phase.begin) break;
    if (entered) events.push_back(event(entered, "e", id, *phase.begin));
    events.push_back(event(phase.name, "b", id, *phase.begin));
    entered = phase.name;
  }
  events.push_back(event(entered, "e", id, *page.done));
  events.push_back(event(name, "e", id, *page.done));
}

}  // namespace

std::string to_timeline(const CrawlReport& report, const std::string& program,
                        const std::string& variant) {
  const std::string name = variant.empty() ? program : program + " " + variant;
  json::array events = {
      {{"name", "process_name"}, {"ph", "M"}, {"pid", 1}, {"args", {{"name", name}}}}};
  for (std::size_t id = 0; id < report.pages.size(); ++id) {
    const PageResult& page = report.pages[id];
    if (page.connecting && page.done) add_page(events, page, id + 1);
  }
  return json::serialize(json::object{{"traceEvents", std::move(events)}}) + "\n";
}

}  // namespace common
