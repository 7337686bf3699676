// The whole crawl, by every stage: ten pages that take 100 ms each, and a thousand that take none.
// The site is a process of its own, so that the processor time is the crawler's.
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <chrono>
#include <string>

#include "common/crawl/crawl_job.h"
#include "common/site/site_process.h"
#include "crawlers.h"
namespace {

using common::CrawlJob;
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

void crawl(benchmark::State& state, const Crawler& crawler, std::size_t pages,
           std::size_t concurrency, milliseconds delay) {
  const common::SiteProcess site({.pages = pages + 1, .delay = delay});
  CrawlJob job;
  for (std::size_t i = 1; i <= pages; ++i) job.urls.push_back(site.url("/" + std::to_string(i)));
  job.concurrency = concurrency;

  double processor = 0;
  for (auto _ : state) {
    const double before = processor_time();
    const std::size_t fetched = crawler.crawl(job);
    processor += processor_time() - before;
    if (fetched != pages) {
      state.SkipWithError("a page was not fetched");
      break;
    }
  }
  const auto fetched = static_cast<double>(state.iterations()) * static_cast<double>(pages);
  state.counters["pages/s"] = benchmark::Counter(fetched, benchmark::Counter::kIsRate);
  state.counters["processor_us/page"] = processor * 1e6 / fetched;
}

void add(const Crawler& crawler) {
  const auto run = [=](const std::string& what, std::size_t pages, std::size_t concurrency,
                       milliseconds delay) {
    benchmark::RegisterBenchmark(
        (what + "/" + crawler.name).c_str(),
        [=](benchmark::State& state) { crawl(state, crawler, pages, concurrency, delay); })
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime();
  };
  run("ten_pages_of_100ms", 10, 10, milliseconds(100));
  run("thousand_pages_without_delay", 1000, crawler.one_at_a_time ? 1 : 64, milliseconds(0));
}

}  // namespace

int main(int argc, char** argv) {
  for (const Crawler& crawler : crawlers()) add(crawler);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
}
