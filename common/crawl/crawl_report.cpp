#include "common/crawl/crawl_report.h"

#include <algorithm>
#include <numeric>

#include "common/crawl/crawl_error.h"

namespace common {

std::size_t CrawlReport::fetched() const noexcept {
  return static_cast<std::size_t>(std::count_if(
      pages.begin(), pages.end(), [](const PageResult& page) { return page.fetched(); }));
}

std::size_t CrawlReport::failed() const noexcept { return pages.size() - fetched(); }

std::size_t CrawlReport::body_bytes() const noexcept {
  return std::accumulate(
      pages.begin(), pages.end(), std::size_t{0},
      [](std::size_t sum, const PageResult& page) { return sum + page.body_bytes; });
}

std::size_t CrawlReport::redirects() const noexcept {
  return static_cast<std::size_t>(std::count_if(
      pages.begin(), pages.end(), [](const PageResult& page) { return !page.next_url.empty(); }));
}

double CrawlReport::pages_per_second() const noexcept {
  if (elapsed <= Duration::zero()) return 0;
  return static_cast<double>(fetched()) / std::chrono::duration<double>(elapsed).count();
}

double CrawlReport::achieved_concurrency() const noexcept {
  if (elapsed <= Duration::zero()) return 0;
  Duration sum{};
  for (const PageResult& page : pages) sum += page.own_time().value_or(Duration::zero());
  return std::chrono::duration<double>(sum) / std::chrono::duration<double>(elapsed);
}

int CrawlReport::exit_status() const noexcept {
  if (interrupted) return 130;
  return failed() == 0 ? 0 : 1;
}

}  // namespace common
