#include "common/crawl/crawler_main.h"
#include "crawler.h"

int main(int argc, char** argv) {
  return common::crawler_main(
      argc, argv,
      {.name = "stage5_native_coroutines",
       .summary = "Native coroutines: co_await waits, stage 1's code stays.",
       .crawl = stage5::crawl});
}
