#include "crawlers.h"

#include "common/crawl/crawl_report.h"
#include "raw_epoll.h"
#include "stage1_blocking/crawler.h"
#include "stage2_callbacks/crawler.h"
#include "stage3_future_task/crawler.h"
#include "stage4_yield_from/crawler.h"
#include "stage5_native_coroutines/asio/crawler.h"
#include "stage5_native_coroutines/crawler.h"

const std::vector<Crawler>& crawlers() {
  using common::CrawlJob;
  static const std::vector<Crawler> all = [] {
    std::vector<Crawler> rows;
    rows.push_back(
        {"raw_epoll", [](const CrawlJob& job) { return raw_epoll::crawl(job).fetched; }});
    for (const std::string variant : {"sequential", "busy", "threads", "processes"}) {
      const auto crawl = [variant](CrawlJob job) {
        job.variant = variant;
        return stage1::crawl(job).fetched();
      };
      rows.push_back({"stage1_" + variant, crawl, variant == "sequential" || variant == "busy"});
    }
    const auto add = [&](const std::string& name, auto crawl) {
      rows.push_back({name, [crawl](const CrawlJob& job) { return crawl(job).fetched(); }});
    };
    add("stage2", stage2::crawl);
    add("stage3", stage3::crawl);
    add("stage4", stage4::crawl);
    add("stage5", stage5::crawl);
    add("asio_crawler", asio_crawler::crawl);
    return rows;
  }();
  return all;
}
