// crawl_rounds SITE PAGES IN_FLIGHT ROUNDS CRAWLER...: has the crawlers take turns at fetching the
// same pages, and prints after each turn what it took: the crawler, microseconds of processor time
// a page, microseconds in all. Runs on the machine's first processor. For speed.py.
#include <sched.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "common/net/clock.h"
#include "common/net/descriptor_limit.h"
#include "common/process/process.h"
#include "crawlers.h"
#include "measure.h"

int main(int argc, char** argv) {
  common::prepare_process();
  if (argc < 6) {
    std::fprintf(stderr, "usage: crawl_rounds SITE PAGES IN_FLIGHT ROUNDS CRAWLER...\n");
    return 2;
  }
  const std::string site = argv[1];
  const std::size_t pages = std::strtoul(argv[2], nullptr, 10);
  const std::size_t in_flight = std::strtoul(argv[3], nullptr, 10);
  const int rounds = std::atoi(argv[4]);

  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(0, &set);
  ::sched_setaffinity(0, sizeof set, &set);
  common::raise_descriptor_limit();

  common::CrawlJob job;
  for (std::size_t i = 1; i <= pages; ++i) job.urls.push_back(site + "/" + std::to_string(i));
  job.max_pages = pages;
  for (int round = 0; round < rounds; ++round) {
    for (int turn = 5; turn < argc; ++turn) {
      const std::string name = argv[5 + (turn - 5 + round) % (argc - 5)];  // each begins sometimes
      const auto crawler = std::ranges::find(crawlers(), name, &Crawler::name);
      if (crawler == crawlers().end()) {
        std::fprintf(stderr, "there is no crawler %s\n", name.c_str());
        return 2;
      }
      job.concurrency = crawler->one_at_a_time ? 1 : in_flight;
      const auto start = common::Clock::now();
      const double processor = processor_time();
      const std::size_t fetched = crawler->crawl(job);
      const double used = processor_time() - processor;
      const std::chrono::duration<double, std::micro> elapsed = common::Clock::now() - start;
      if (fetched != pages) {
        std::fprintf(stderr, "%s fetched %zu of %zu pages\n", name.c_str(), fetched, pages);
        return 1;
      }
      std::printf("%s %.3f %.0f\n", name.c_str(), used / static_cast<double>(pages),
                  elapsed.count());
      std::fflush(stdout);
    }
  }
}
