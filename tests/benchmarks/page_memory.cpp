// page_memory SITE PAGES CRAWLER: has the crawler fetch so many pages, all of them in flight at the
// same time, and prints how many bytes of memory it has touched by the time that the first is done.
// A program of its own, for in one that has done other things the crawl would be given memory that
// those have left behind, here and there a piece.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "common/net/descriptor_limit.h"
#include "common/process/process.h"
#include "crawlers.h"

namespace {

/// Memory that `process` and its children have written to and share with nobody. 0 if the system
/// does not tell.
std::size_t own_memory(const std::string& process) {
  std::size_t kibibytes = 0;
  std::ifstream sums("/proc/" + process + "/smaps_rollup");
  for (std::string word; sums >> word;) {
    if (word == "Private_Dirty:" && sums >> kibibytes) break;
  }
  std::size_t bytes = kibibytes * 1024;
  std::ifstream children("/proc/" + process + "/task/" + process + "/children");
  for (std::string child; children >> child;) bytes += own_memory(child);
  return bytes;
}

}  // namespace

int main(int argc, char** argv) {
  common::prepare_process();
  if (argc != 4) {
    std::fprintf(stderr, "usage: page_memory SITE PAGES CRAWLER\n");
    return 2;
  }
  const std::string site = argv[1];
  const std::size_t pages = std::strtoul(argv[2], nullptr, 10);
  const auto crawler = std::ranges::find(crawlers(), std::string(argv[3]), &Crawler::name);
  if (crawler == crawlers().end()) {
    std::fprintf(stderr, "there is no crawler %s\n", argv[3]);
    return 2;
  }
  common::raise_descriptor_limit();

  common::CrawlJob first;  // what is done once in a program is done now
  first.urls = {site + "/1?delay_ms=0"};
  crawler->crawl(first);
  const pid_t copy = ::fork();  // what it shares with us, its crawl has not touched
  if (copy != 0) {
    int status = 0;
    return ::waitpid(copy, &status, 0) == copy && status == 0 ? 0 : 1;
  }

  const std::string self = std::to_string(::getpid());
  const std::size_t before = own_memory(self);
  if (before == 0) ::_exit(1);
  common::CrawlJob job;
  job.urls = {site + "/1?delay_ms=1000"};
  for (std::size_t i = 2; i <= pages; ++i) {  // still in flight then, while we ask
    job.urls.push_back(site + "/" + std::to_string(i) + "?delay_ms=20000");
  }
  job.max_pages = job.concurrency = pages;
  job.timeout = job.connect_timeout = std::chrono::seconds(60);
  job.on_progress = [&](const common::CrawlProgress&) {
    std::printf("%zu\n", own_memory(self) - before);
    std::fflush(stdout);
    ::_exit(0);
  };
  crawler->crawl(job);
  ::_exit(1);  // no page was done
}
