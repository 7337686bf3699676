#include "common/crawl/crawler_main.h"
#include "crawler.h"

int main(int argc, char** argv) {
  return common::crawler_main(argc, argv,
                              {.name = "stage4_yield_from",
                               .summary = "Machines within machines: each part waits for itself.",
                               .crawl = stage4::crawl});
}
