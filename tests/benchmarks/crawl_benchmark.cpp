// The whole crawl, by every crawler. The site is a process of its own, so that processor time is
// the crawler's.
#include <benchmark/benchmark.h>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "common/crawl/crawl_job.h"
#include "common/net/descriptor_limit.h"
#include "common/site/child_process.h"
#include "common/site/site_process.h"
#include "crawlers.h"
#include "measure.h"
#include "quick_site.h"

namespace {

using common::CrawlJob;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// What there is to crawl.
struct Work {
  std::string name;
  std::size_t pages;
  std::size_t in_flight;
  std::optional<milliseconds> delay;  ///< Nothing: the quick site, which has none.
  bool memory = false;                ///< Whether that is measured, too.
};

/// What is measured besides time, once: these figures hardly vary.
using Counters = std::map<std::string, double>;

CrawlJob job_of(const Work& work, const Crawler& crawler, auto url) {
  CrawlJob job;
  for (std::size_t i = 1; i <= work.pages; ++i) job.urls.push_back(url("/" + std::to_string(i)));
  job.max_pages = work.pages;
  job.concurrency = crawler.one_at_a_time ? 1 : work.in_flight;
  job.timeout = job.connect_timeout = seconds(60);
  return job;
}

/// What each page costs.
void count_per_page(Counters& counters, const Crawler& crawler, const CrawlJob& job) {
  const auto pages = static_cast<double>(job.urls.size());
  const auto crawl = [&] { crawler.crawl(job); };
  counters["allocations/page"] = static_cast<double>(allocations(crawl)) / pages;
  if (const auto calls = system_calls(crawl)) {
    counters["system_calls/page"] = static_cast<double>(*calls) / pages;
  }
}

/// What a page takes that is in flight together with all others.
void measure_memory(Counters& counters, const Crawler& crawler, const std::string& site,
                    std::size_t pages) {
  const common::ChildProcess process(common::find_program("tests/benchmarks/page_memory"),
                                     {site, std::to_string(pages), crawler.name});
  const std::string printed = process.read_output();
  if (printed.empty()) return;
  counters["bytes/page"] = std::stod(printed) / static_cast<double>(pages);
}

void crawl(benchmark::State& state, const Work& work, const Crawler& crawler, Counters& counters) {
  std::unique_ptr<QuickSite> quick;
  std::unique_ptr<common::SiteProcess> slow;
  CrawlJob job;
  if (work.delay) {
    slow = std::make_unique<common::SiteProcess>(
        common::SiteOptions{.pages = work.pages + 1, .delay = *work.delay});
    job = job_of(work, crawler, [&](const auto& path) { return slow->url(path); });
  } else {
    quick = std::make_unique<QuickSite>();
    job = job_of(work, crawler, [&](const auto& path) { return quick->url(path); });
  }

  double processor = 0;
  double kernel = 0;
  for (auto _ : state) {
    const double before = processor_time();
    const double kernel_before = kernel_time();
    const std::size_t fetched = crawler.crawl(job);
    kernel += kernel_time() - kernel_before;
    processor += processor_time() - before;
    if (fetched != work.pages) {
      state.SkipWithError("a page was not fetched");
      return;
    }
  }
  if (counters.empty()) {
    if (work.memory) measure_memory(counters, crawler, slow->url(""), work.pages);
    if (!work.delay) count_per_page(counters, crawler, job);
  }
  const double pages = static_cast<double>(state.iterations()) * static_cast<double>(work.pages);
  state.counters["processor_us/page"] = processor / pages;
  state.counters["kernel_us/page"] = kernel / pages;
  for (const auto& [name, value] : counters) state.counters[name] = value;
}

void add(const Work& work, const Crawler& crawler) {
  const auto counters = std::make_shared<Counters>();
  benchmark::RegisterBenchmark(
      ("crawl/" + work.name + "/" + crawler.name).c_str(),
      [=](benchmark::State& state) { crawl(state, work, crawler, *counters); })
      ->Unit(benchmark::kMillisecond)
      ->UseRealTime();
}

/// The most that a crawler is asked to have in flight: a process or a thread for each page takes
/// longer to make than to wait for, long before an event loop has had enough.
std::size_t most_in_flight(const Crawler& crawler) {
  if (crawler.one_at_a_time) return 10;
  if (crawler.name == "stage1_processes") return 100;
  return crawler.name == "stage1_threads" ? 1000 : 10000;
}

}  // namespace

void add_crawl_benchmarks() {
  common::raise_descriptor_limit();
  const Work all_work[] = {
      {"latency/10", 10, 10, milliseconds(100)},    {"latency/1000", 1000, 1000, milliseconds(100)},
      {"throughput/64", 2000, 64, std::nullopt},    {"scale/100", 100, 100, seconds(1), true},
      {"scale/1000", 1000, 1000, seconds(1), true}, {"scale/10000", 10000, 10000, seconds(1), true},
  };
  for (const Work& work : all_work) {
    for (const Crawler& crawler : crawlers()) {
      if (!work.delay || work.in_flight <= most_in_flight(crawler)) add(work, crawler);
    }
  }
}
