#include "common/compare/crawler_run.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <optional>
#include <stdexcept>

#include "common/net/clock.h"
#include "common/site/child_process.h"

namespace common {
namespace {

namespace json = boost::json;

/// All that `fd` delivers, or nothing if it has not ended within `patience`.
std::optional<std::string> read_all(int fd, Milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  std::string all;
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    pollfd ready{.fd = fd, .events = POLLIN, .revents = 0};
    if (left.count() <= 0 || ::poll(&ready, 1, static_cast<int>(left.count())) == 0) {
      return std::nullopt;
    }
    char buffer[65536];
    const ssize_t size = ::read(fd, buffer, sizeof buffer);
    if (size <= 0) return all;
    all.append(buffer, static_cast<std::size_t>(size));
  }
}

/// A step that was not reached is null in the report; it counts as reached with the step before.
Milliseconds time_of(const json::object& page, const char* step, Milliseconds before) {
  const json::value& time = page.at(step);
  return time.is_null() ? before : Milliseconds(time.to_number<double>());
}

PageTimes read_page(const json::object& page) {
  PageTimes times;
  times.url = json::value_to<std::string>(page.at("url"));
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

Milliseconds duration_of(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status)) return fmt::format("was ended by signal {}", WTERMSIG(status));
  return fmt::format("ended with exit status {}", WEXITSTATUS(status));
}

}  // namespace

const std::vector<Crawler>& all_crawlers() {
  static const std::vector<Crawler> all = {
      {"1 blocking", "stage1_blocking", "sequential", true},
      {"1 processes", "stage1_blocking", "processes", false},
      {"1 threads", "stage1_blocking", "threads", false},
      {"1 busy", "stage1_blocking", "busy", true},
      {"2 callbacks", "stage2_callbacks", "", false},
      {"3 future, task", "stage3_future_task", "", false},
      {"4 yield from", "stage4_yield_from", "", false},
      {"5 native coroutines", "stage5_native_coroutines", "", false},
      {"5 on Boost.Asio", "asio_crawler", "", false, "stage5_native_coroutines/asio"},
  };
  return all;
}

void check_programs(const std::filesystem::path& bin) {
  for (const Crawler& crawler : all_crawlers()) {
    const std::filesystem::path program = bin / crawler.path();
    if (::access(program.c_str(), X_OK) != 0) {
      throw std::runtime_error(
          fmt::format("there is no program {}; build it first", program.string()));
    }
  }
}

CrawlerRun run_crawler(const std::filesystem::path& bin, const Crawler& crawler,
                       const std::vector<std::string>& urls, std::size_t concurrency,
                       Milliseconds patience) {
  const std::filesystem::path program = bin / crawler.path();
  std::vector<std::string> arguments = {"--json", "--quiet", "--concurrency",
                                        std::to_string(concurrency)};
  if (!crawler.variant.empty()) {
    arguments.insert(arguments.end(), {"--variant", std::string(crawler.variant)});
  }
  arguments.insert(arguments.end(), urls.begin(), urls.end());

  ChildProcess process(program, arguments);
  const auto report = read_all(process.output(), patience);
  if (!report) {
    throw std::runtime_error(
        fmt::format("{} did not end within {} seconds", program.string(), patience.count()));
  }
  const ChildProcess::End end = process.wait();
  if (end.status != 0) {
    throw std::runtime_error(fmt::format("{} {}", program.string(), how_it_ended(end.status)));
  }

  CrawlerRun run{.crawler = crawler, .concurrency = concurrency};
  run.processor = duration_of(end.used.ru_utime) + duration_of(end.used.ru_stime);
  run.peak_memory = static_cast<std::size_t>(end.used.ru_maxrss) * 1024;
  try {
    read_report(*report, urls.size(), run);
  } catch (const std::exception& error) {
    throw std::runtime_error(
        fmt::format("the report of {} is not as expected: {}", program.string(), error.what()));
  }
  return run;
}

}  // namespace common
