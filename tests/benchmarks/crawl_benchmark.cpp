// The whole crawl, by every stage: ten pages that take 100 ms each, and a thousand that take none.
// The site is a process of its own, so that the processor time is the crawler's.
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <chrono>
#include <string>

#include "common/crawl/crawl_job.h"
#include "common/crawl/crawl_report.h"
#include "common/site/site_process.h"
#include "stage1_blocking/crawler.h"
#include "stage2_callbacks/crawler.h"
#include "stage3_future_task/crawler.h"
#include "stage4_yield_from/crawler.h"
#include "stage5_native_coroutines/asio/crawler.h"
#include "stage5_native_coroutines/crawler.h"

namespace {

using common::CrawlJob;
using common::CrawlReport;
using std::chrono::milliseconds;

// Of this process and the children that it has waited for, in seconds.
double processor_time() {
  double sum = 0;
  for (const auto who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage used{};
    ::getrusage(who, &used);
    for (const auto& time : {used.ru_utime, used.ru_stime}) {
      sum += static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
    }
  }
  return sum;
}

void crawl(benchmark::State& state, CrawlReport (*crawl)(const CrawlJob&),
           const std::string& variant, std::size_t pages, std::size_t concurrency,
           milliseconds delay) {
  const common::SiteProcess site({.pages = pages + 1, .delay = delay});
  CrawlJob job;
  for (std::size_t i = 1; i <= pages; ++i) job.urls.push_back(site.url("/" + std::to_string(i)));
  job.concurrency = concurrency;
  job.variant = variant;

  double processor = 0;
  for (auto _ : state) {
    const double before = processor_time();
    const auto report = crawl(job);
    processor += processor_time() - before;
    if (report.fetched() != pages) {
      state.SkipWithError("a page was not fetched");
      break;
    }
  }
  const auto fetched = static_cast<double>(state.iterations()) * static_cast<double>(pages);
  state.counters["pages/s"] = benchmark::Counter(fetched, benchmark::Counter::kIsRate);
  state.counters["processor_us/page"] = processor * 1e6 / fetched;
}

void add(const std::string& name, CrawlReport (*stage)(const CrawlJob&),
         const std::string& variant = "", bool one_at_a_time = false) {
  const auto run = [=](const std::string& what, std::size_t pages, std::size_t concurrency,
                       milliseconds delay) {
    benchmark::RegisterBenchmark(
        (what + "/" + name).c_str(),
        [=](benchmark::State& state) { crawl(state, stage, variant, pages, concurrency, delay); })
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime();
  };
  run("ten_pages_of_100ms", 10, 10, milliseconds(100));
  run("thousand_pages_without_delay", 1000, one_at_a_time ? 1 : 64, milliseconds(0));
}

}  // namespace

int main(int argc, char** argv) {
  add("stage1_sequential", stage1::crawl, "sequential", true);
  add("stage1_threads", stage1::crawl, "threads");
  add("stage1_processes", stage1::crawl, "processes");
  add("stage2", stage2::crawl);
  add("stage3", stage3::crawl);
  add("stage4", stage4::crawl);
  add("stage5", stage5::crawl);
  add("asio_crawler", asio_crawler::crawl);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
}
