#include "common/crawl/crawler_main.h"
#include "crawler.h"

int main(int argc, char** argv) {
  return common::crawler_main(argc, argv,
                              {.name = "stage3_future_task",
                               .summary = "Futures and Tasks: a state machine waits, for one page.",
                               .crawl = stage3::crawl});
}
