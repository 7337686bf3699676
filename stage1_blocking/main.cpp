#include "common/crawl/crawler_main.h"
#include "crawler.h"

int main(int argc, char** argv) {
  return common::crawler_main(argc, argv,
                              {.name = "stage1_blocking",
                               .summary = "One page after another: the thread waits.",
                               .crawl = stage1::crawl,
                               .has_selector = false,
                               .variants = {"sequential", "threads", "processes", "busy"}});
}
