#include "common/compare/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

namespace common {
namespace {

namespace json = boost::json;

constexpr std::size_t few_pages = 10;
constexpr std::size_t many_pages = 1000;
constexpr std::size_t many_in_flight = 200;
constexpr std::size_t many_processes = 50;
constexpr std::size_t pages_worth_listing = 100;

std::vector<std::string> urls_of(const SiteProcess& site, std::size_t pages) {
  std::vector<std::string> urls = {site.url("/")};
  while (urls.size() < pages) urls.push_back(site.url(fmt::format("/{}", urls.size())));
  return urls;
}

json::object to_json(const PageTimes& page) {
  return {{"url", page.url},
          {"connecting_ms", page.connecting.count()},
          {"sent_ms", page.sent.count()},
          {"first_byte_ms", page.first_byte.count()},
          {"done_ms", page.done.count()}};
}

json::object to_json(const Crawl& crawl, const CrawlerRun& run) {
  json::object object = {{"name", run.crawler.name},
                         {"program", run.crawler.program},
                         {"variant", run.crawler.variant},
                         {"concurrency", run.concurrency},
                         {"elapsed_ms", run.elapsed.count()},
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
  for (const CrawlerRun& run : crawl.runs) runs.push_back(to_json(crawl, run));
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

}  // namespace

Milliseconds Crawl::least() const {
  const std::size_t rounds = (pages + in_flight - 1) / in_flight;
  return delay * static_cast<double>(rounds);
}

SiteOptions compared_site() {
  return {.port = 0, .pages = many_pages, .delay = std::chrono::milliseconds(100)};
}

Crawl crawl_ten_pages(const std::filesystem::path& bin, const SiteProcess& site,
                      const AfterRun& after_run) {
  Crawl crawl{.pages = few_pages, .in_flight = few_pages, .delay = compared_site().delay};
  for (const Crawler& crawler : all_crawlers()) {
    crawl.runs.push_back(run_crawler(bin, crawler, urls_of(site, crawl.pages), crawl.in_flight));
    crawl.blocking = crawl.runs.front().elapsed;
    crawl.blocking_is_estimate = false;
    after_run(crawl);
  }
  return crawl;
}

Crawl crawl_thousand_pages(const std::filesystem::path& bin, const SiteProcess& site,
                           const Crawl& ten_pages, const AfterRun& after_run) {
  Crawl crawl{.pages = many_pages, .in_flight = many_in_flight, .delay = ten_pages.delay};
  crawl.blocking = ten_pages.blocking * many_pages / few_pages;
  for (const Crawler& crawler : all_crawlers()) {
    if (crawler.one_at_a_time) {
      crawl.left_out.push_back(
          {crawler, fmt::format("one page at a time, it would take about {:.0f} s",
                                crawl.blocking / std::chrono::seconds(1))});
      continue;
    }
    const bool processes = crawler.variant == "processes";
    crawl.runs.push_back(run_crawler(bin, crawler, urls_of(site, crawl.pages),
                                     processes ? many_processes : crawl.in_flight));
    after_run(crawl);
  }
  return crawl;
}

std::string to_json(const std::vector<Crawl>& crawls) {
  json::array all;
  for (const Crawl& crawl : crawls) all.push_back(to_json(crawl));
  return json::serialize(json::object{{"crawls", std::move(all)}});
}

}  // namespace common
