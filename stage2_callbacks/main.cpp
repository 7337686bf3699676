#include "common/crawl/crawler_main.h"
#include "crawler.h"

int main(int argc, char** argv) {
  return common::crawler_main(
      argc, argv,
      {.name = "stage2_callbacks",
       .summary = "An event loop and callbacks: the loop waits, for all pages.",
       .crawl = stage2::crawl});
}
