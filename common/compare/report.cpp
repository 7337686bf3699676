#include "common/compare/report.h"

#include <sys/utsname.h>

#include <boost/json.hpp>
#include <exception>
#include <map>
#include <regex>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace common {

extern const std::string_view report_template;  // report.html, which CMake makes a source of

namespace {

namespace json = boost::json;

constexpr std::string_view place_of_figures = "{{figures}}";

/// "2 processors, Linux 6.1.0"
std::string machine() {
  utsname system{};
  ::uname(&system);
  return fmt::format("{} processors, {} {}", std::thread::hardware_concurrency(), system.sysname,
                     system.release);
}

/// What a resume costs through so many machines or coroutines: of Google Benchmark's results those
/// named mechanism/resume_at_depth/stage4/10.
json::array costs_in(const std::string& results) {
  static const std::regex pattern("mechanism/resume_at_depth/(\\w+)/(\\d+)");
  std::map<std::pair<std::string, long>, double> seconds;
  const json::value parsed = json::parse(results);
  for (const json::value& result : parsed.at("benchmarks").as_array()) {
    const auto name = json::value_to<std::string>(result.at("run_name"));
    std::smatch match;
    if (!std::regex_match(name, match, pattern)) continue;
    // With repetitions, the median comes after the single runs and replaces them.
    const json::value* aggregate = result.as_object().if_contains("aggregate_name");
    if (aggregate && *aggregate != "median") continue;
    seconds[{match[1], std::stol(match[2])}] = result.at("each").to_number<double>();
  }
  json::array costs;
  for (const auto& [which, each] : seconds) {
    costs.push_back({{"name", which.first}, {"depth", which.second}, {"nanoseconds", each * 1e9}});
  }
  return costs;
}

/// "<" could end the element that holds the JSON.
std::string without_less_than(const std::string& json) {
  std::string text;
  for (const char c : json) c == '<' ? text += "\\u003c" : text += c;
  return text;
}

}  // namespace

std::string costs_by_depth(const std::string& results) {
  json::array costs;
  try {
    costs = costs_in(results);
  } catch (const std::exception&) {
    throw std::runtime_error("this is not Google Benchmark's output in JSON");
  }
  if (costs.empty()) throw std::runtime_error("the results have no resume_at_depth");
  return json::serialize(costs);
}

std::string report_page(const std::string& figures, const std::string& costs) {
  json::object all = json::parse(figures).as_object();
  all["machine"] = machine();
  all["costs_by_depth"] = json::parse(costs);
  std::string page(report_template);
  page.replace(page.find(place_of_figures), place_of_figures.size(),
               without_less_than(json::serialize(all)));
  return page;
}

}  // namespace common
