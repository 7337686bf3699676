#include "crawlers.h"

#include "stage1_blocking/crawler.h"
#include "stage2_callbacks/crawler.h"
#include "stage3_future_task/crawler.h"
#include "stage4_yield_from/crawler.h"
#include "stage5_native_coroutines/asio/crawler.h"
#include "stage5_native_coroutines/crawler.h"

const std::vector<Crawler>& crawlers() {
  static const std::vector<Crawler> all = [] {
    std::vector<Crawler> rows;
    for (const std::string variant : {"sequential", "threads", "processes", "busy"}) {
      rows.push_back({.name = "stage1_" + variant,
                      .crawl = stage1::crawl,
                      .variant = variant,
                      .one_at_a_time = variant == "sequential" || variant == "busy",
                      .has_loop = false});
    }
    const auto add = [&](const std::string& name, auto crawl) {
      using common::Selector;
      for (const Selector::Kind kind : Selector::kinds()) {
        rows.push_back(
            {.name = name + "_" + Selector::name_of(kind), .crawl = crawl, .selector = kind});
      }
    };
    add("stage2", stage2::crawl);
    add("stage3", stage3::crawl);
    add("stage4", stage4::crawl);
    add("stage5", stage5::crawl);
    rows.push_back({.name = "asio_crawler", .crawl = asio_crawler::crawl, .has_loop = false});
    return rows;
  }();
  return all;
}
