#include "common/compare/crawler_run.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <functional>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "common/net/clock.h"
#include "common/process/printable.h"
#include "common/site/child_process.h"

namespace common {
namespace {

namespace json = boost::json;

/// All that `process` prints, or nothing if it has not ended within `patience`. `look` is called
/// now and then while it prints nothing.
std::optional<std::string> read_all(const ChildProcess& process, Milliseconds patience,
                                    const std::function<void()>& look) {
  constexpr Milliseconds now_and_then(50);
  const auto deadline = Clock::now() + patience;
  std::string all;
  for (;;) {
    const Milliseconds left = deadline - Clock::now();
    if (left.count() <= 0) return std::nullopt;
    pollfd ready{.fd = process.output(), .events = POLLIN, .revents = 0};
    const auto timeout = std::chrono::ceil<std::chrono::milliseconds>(std::min(left, now_and_then));
    if (::poll(&ready, 1, static_cast<int>(timeout.count())) == 0) {
      look();
      continue;
    }
    char buffer[65536];
    const ssize_t size = ::read(process.output(), buffer, sizeof buffer);
    if (size <= 0) return all;
    all.append(buffer, static_cast<std::size_t>(size));
  }
}

/// Bytes that a process has resident; what it shares with others counts in part (Pss). 0 if the
/// system does not tell.
std::size_t share_of_memory(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/smaps_rollup");
  std::string word;
  std::size_t kilobytes = 0;
  while (file >> word && word != "Pss:") continue;
  file >> kilobytes;
  return kilobytes * 1024;
}

/// Bytes that a process and its children have resident, what they share counted once.
std::size_t memory_of_all(pid_t pid) {
  const std::string parent = std::to_string(pid);
  std::size_t sum = share_of_memory(parent);
  std::ifstream children("/proc/" + parent + "/task/" + parent + "/children");
  for (std::string child; children >> child;) sum += share_of_memory(child);
  return sum;
}

/// "/3" of "http://127.0.0.1:8080/3", and of "/3".
std::string path_of(const std::string& url) { return url.substr(url.rfind('/')); }

/// A step that was not reached is null in the report, or not there; it counts as reached with the
/// step before.
Milliseconds time_of(const json::object& page, const char* step, Milliseconds before) {
  const json::value* time = page.if_contains(step);
  return !time || time->is_null() ? before : Milliseconds(time->to_number<double>());
}

PageTimes read_page(const json::object& page) {
  PageTimes times;
  times.path = printable(path_of(json::value_to<std::string>(page.at("url"))));
  times.connecting = time_of(page, "connecting_ms", Milliseconds(0));
  times.sent = time_of(page, "sent_ms", times.connecting);
  times.first_byte = time_of(page, "first_byte_ms", times.sent);
  times.done = time_of(page, "done_ms", times.first_byte);
  return times;
}

/// Throws if the report is none.
void read_report(const std::string& text, std::size_t pages, CrawlerRun& run) {
  const json::value value = json::parse(text);
  const json::object& report = value.as_object();
  const auto fetched = report.at("fetched").to_number<std::size_t>();
  if (fetched != pages)
    throw std::runtime_error(fmt::format("{} of {} pages fetched", fetched, pages));
  run.elapsed = Milliseconds(report.at("elapsed_ms").to_number<double>());
  run.most_in_flight = report.at("most_in_flight").to_number<std::size_t>();
  for (const json::value& page : report.at("pages").as_array()) {
    run.pages.push_back(read_page(page.as_object()));
  }
}

/// How many pages were under way at the same time.
std::size_t most_at_once(const std::vector<PageTimes>& pages) {
  std::vector<std::pair<Milliseconds, int>> steps;  // at equal times, ends before beginnings
  for (const PageTimes& page : pages) {
    steps.emplace_back(page.connecting, 1);
    steps.emplace_back(page.done, -1);
  }
  std::sort(steps.begin(), steps.end());
  int now = 0;
  int most = 0;
  for (const auto& step : steps) most = std::max(most, now += step.second);
  return static_cast<std::size_t>(most);
}

/// What a listing prints with --json: a line for each page, and one for the whole. Throws if it is
/// something else.
void read_lines(const std::string& text, std::size_t pages, CrawlerRun& run) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const json::value value = json::parse(line);
    const json::object& object = value.as_object();
    if (object.contains("url")) {
      run.pages.push_back(read_page(object));
    } else {
      run.elapsed = Milliseconds(object.at("elapsed_ms").to_number<double>());
    }
  }
  if (run.pages.size() != pages || run.elapsed.count() == 0)
    throw std::runtime_error(fmt::format("{} of {} pages fetched", run.pages.size(), pages));
  run.most_in_flight = most_at_once(run.pages);
}

Milliseconds duration_of(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status)) return fmt::format("was ended by signal {}", WTERMSIG(status));
  return fmt::format("ended with exit status {}", WEXITSTATUS(status));
}

std::vector<std::string> arguments_of(const Programs& programs, const Crawler& crawler,
                                      const Pages& pages) {
  std::vector<std::string> arguments = {"--json", "--concurrency",
                                        std::to_string(pages.concurrency)};
  if (!crawler.variant.empty()) {
    arguments.insert(arguments.end(), {"--variant", std::string(crawler.variant)});
  }
  if (crawler.python) {
    arguments.insert(arguments.begin(), programs.bin / crawler.path());
    arguments.insert(arguments.end(), {"--port", std::to_string(pages.port), "--pages",
                                       std::to_string(pages.count)});
    return arguments;
  }
  arguments.insert(arguments.end(), {"--quiet", "--max-pages", std::to_string(pages.count)});
  const std::string site = fmt::format("http://127.0.0.1:{}/", pages.port);
  arguments.push_back(site);
  for (std::size_t i = 1; i < pages.count; ++i) arguments.push_back(site + std::to_string(i));
  return arguments;
}

}  // namespace

CrawlerRun run_crawler(const Programs& programs, const Crawler& crawler, const Pages& pages,
                       Milliseconds patience) {
  const std::filesystem::path program = programs.bin / crawler.path();
  CrawlerRun run{.crawler = crawler, .concurrency = pages.concurrency};
  ChildProcess process(crawler.python ? std::filesystem::path(programs.python.program) : program,
                       arguments_of(programs, crawler, pages));
  const auto report = read_all(process, patience, [&] {
    if (crawler.processes())
      run.peak_memory = std::max(run.peak_memory, memory_of_all(process.pid()));
  });
  if (!report) {
    throw std::runtime_error(fmt::format("{} did not end within {} seconds", program.string(),
                                         patience / std::chrono::seconds(1)));
  }
  const ChildProcess::End end = process.wait();
  if (end.status != 0) {
    throw std::runtime_error(fmt::format("{} {}", program.string(), how_it_ended(end.status)));
  }

  run.processor = duration_of(end.used.ru_utime) + duration_of(end.used.ru_stime);
  run.peak_memory = std::max(run.peak_memory, static_cast<std::size_t>(end.used.ru_maxrss) * 1024);
  try {
    crawler.python ? read_lines(*report, pages.count, run) : read_report(*report, pages.count, run);
    std::ranges::sort(run.pages, {}, [](const PageTimes& page) {
      return std::pair(page.path.size(), page.path);  // "/9" before "/10"
    });
  } catch (const std::exception& error) {
    throw std::runtime_error(
        fmt::format("the report of {} is not as expected: {}", program.string(), error.what()));
  }
  return run;
}

}  // namespace common
