#include "common/compare/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <functional>
#include <utility>

namespace common {
namespace {

namespace json = boost::json;

constexpr std::size_t many_processes = 50;
constexpr std::size_t pages_worth_listing = 100;

/// The time that the delays of all pages sum up to.
Milliseconds one_after_another(const Plan& plan) {
  return plan.delay * static_cast<double>(plan.pages);
}

/// Why a crawler has no part in it, or nothing.
std::string reason_to_leave_out(const Programs& programs, const Crawler& crawler,
                                const Plan& plan) {
  if (crawler.one_at_a_time && one_after_another(plan) > plan.longest) {
    return fmt::format("One page at a time would take about {:.0f} s",
                       one_after_another(plan) / std::chrono::seconds(1));
  }
  if (crawler.program == "stage5_aiohttp.py" && !programs.python.has_aiohttp) {
    return "This Python has no aiohttp (Debian: python3-aiohttp)";
  }
  return "";
}

template <typename Value>
Value median(std::vector<Value> values) {
  std::sort(values.begin(), values.end());
  return values[(values.size() - 1) / 2];
}

Measured median_of(const std::vector<CrawlerRun>& runs) {
  std::vector<std::pair<Milliseconds, std::size_t>> elapsed;
  std::vector<Milliseconds> processor;
  std::vector<std::size_t> memory;
  for (const CrawlerRun& run : runs) {
    elapsed.emplace_back(run.elapsed, elapsed.size());
    processor.push_back(run.processor);
    memory.push_back(run.peak_memory);
  }
  Measured measured{runs[median(elapsed).second], {}};
  measured.processor = median(processor);
  measured.peak_memory = median(memory);
  for (const auto& [time, index] : elapsed) measured.each.push_back(time);
  std::sort(measured.each.begin(), measured.each.end());
  return measured;
}

json::object to_json(const PageTimes& page) {
  return {{"path", page.path},
          {"connecting_ms", page.connecting.count()},
          {"sent_ms", page.sent.count()},
          {"first_byte_ms", page.first_byte.count()},
          {"done_ms", page.done.count()}};
}

json::object to_json(const Crawl& crawl, const Measured& run) {
  json::array each;
  for (const Milliseconds time : run.each) each.push_back(time.count());
  json::object object = {{"name", run.crawler.name},
                         {"program", run.crawler.program},
                         {"variant", run.crawler.variant},
                         {"python", run.crawler.python},
                         {"concurrency", run.concurrency},
                         {"elapsed_ms", run.elapsed.count()},
                         {"elapsed_ms_each", std::move(each)},
                         {"times_faster", crawl.blocking / run.elapsed},
                         {"processor_ms", run.processor.count()},
                         {"most_in_flight", run.most_in_flight},
                         {"peak_memory_bytes", run.peak_memory}};
  if (run.pages.size() <= pages_worth_listing) {
    json::array pages;
    for (const PageTimes& page : run.pages) pages.push_back(to_json(page));
    object["pages"] = std::move(pages);
  }
  return object;
}

json::object to_json(const Crawl& crawl) {
  json::array runs;
  for (const Measured& run : crawl.runs) runs.push_back(to_json(crawl, run));
  json::array left_out;
  for (const auto& [crawler, reason] : crawl.left_out) {
    left_out.push_back({{"name", crawler.name}, {"reason", reason}});
  }
  return {{"pages", crawl.pages},
          {"in_flight", crawl.in_flight},
          {"delay_ms", crawl.delay.count()},
          {"blocking_ms", crawl.blocking.count()},
          {"blocking_is_estimate", crawl.blocking_is_estimate},
          {"runs", std::move(runs)},
          {"left_out", std::move(left_out)}};
}

json::array to_json_array(const std::vector<Crawl>& crawls) {
  json::array all;
  for (const Crawl& crawl : crawls) all.push_back(to_json(crawl));
  return all;
}

}  // namespace

Milliseconds Crawl::least() const {
  const std::size_t rounds = (pages + in_flight - 1) / in_flight;
  return delay * static_cast<double>(rounds);
}

Crawl crawl_all(const Programs& programs, const SiteProcess& site, const Plan& plan,
                const AfterRun& after_run) {
  Crawl crawl{.pages = plan.pages,
              .in_flight = plan.in_flight,
              .delay = plan.delay,
              .blocking = one_after_another(plan)};
  std::vector<Crawler> crawlers;
  for (const Crawler& crawler : plan.crawlers) {
    const std::string reason = reason_to_leave_out(programs, crawler, plan);
    if (reason.empty()) {
      crawlers.push_back(crawler);
    } else {
      crawl.left_out.push_back({crawler, reason});
    }
  }

  const Milliseconds patience = std::chrono::seconds(60) + one_after_another(plan);
  std::vector<std::vector<CrawlerRun>> runs(crawlers.size());
  for (std::size_t round = 1; round <= plan.repeat; ++round) {
    for (std::size_t i = 0; i < crawlers.size(); ++i) {
      const Crawler& crawler = crawlers[i];
      const std::size_t concurrency =
          crawler.processes() ? std::min(plan.in_flight, many_processes) : plan.in_flight;
      const Pages pages{.port = site.port(), .count = plan.pages, .concurrency = concurrency};
      runs[i].push_back(run_crawler(programs, crawler, pages, patience));
      if (round < plan.repeat) continue;
      crawl.runs.push_back(median_of(runs[i]));
      if (crawler.variant == "sequential" && !crawler.python) {
        crawl.blocking = crawl.runs.back().elapsed;
        crawl.blocking_is_estimate = false;
      }
      if (after_run) after_run(crawl);
    }
  }
  return crawl;
}

std::vector<Crawl> crawl_more_and_more(const Programs& programs, const SiteProcess& site, Plan plan,
                                       const std::function<void(std::size_t pages)>& before) {
  std::vector<Crawl> crawls;
  for (const std::size_t count : {1, 3, 10, 30, 100, 300, 1000}) {
    before(count);
    plan.pages = count;
    plan.in_flight = count;
    plan.longest = plan.delay * 10;
    if (count > many_processes) std::erase_if(plan.crawlers, std::mem_fn(&Crawler::processes));
    crawls.push_back(crawl_all(programs, site, plan));
  }
  return crawls;
}

std::string to_json(const std::vector<Crawl>& crawls, const std::vector<Crawl>& growth) {
  json::object all = {{"crawls", to_json_array(crawls)}};
  if (!growth.empty()) all["growth"] = to_json_array(growth);
  return json::serialize(all);
}

}  // namespace common
