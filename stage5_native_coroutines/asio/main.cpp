#include "common/crawl/crawler_main.h"
#include "crawler.h"

int main(int argc, char** argv) {
  return common::crawler_main(argc, argv,
                              {.name = "asio_crawler",
                               .summary = "Native coroutines on Boost.Asio and Beast.",
                               .crawl = asio_crawler::crawl,
                               .has_selector = false});
}
