// Runs one crawler program and measures it.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace common {

using Milliseconds = std::chrono::duration<double, std::milli>;

/// A program that takes part.
struct Crawler {
  std::string_view name;     ///< "1 threads"
  std::string_view program;  ///< "stage1_blocking"
  std::string_view variant;  ///< For --variant; may be empty.
  bool one_at_a_time;        ///< Never has two pages in flight.
  std::string_view folder = program;

  /// Where it was built, below the build folder.
  std::filesystem::path path() const { return std::filesystem::path(folder) / program; }
};

/// All of them, in the order of the article.
const std::vector<Crawler>& all_crawlers();

/// When the steps of one page were reached, from the start of the crawl.
struct PageTimes {
  std::string url;
  Milliseconds connecting{};
  Milliseconds sent{};
  Milliseconds first_byte{};
  Milliseconds done{};
};

/// What one crawl took.
struct CrawlerRun {
  Crawler crawler;
  std::size_t concurrency = 0;  ///< What it was told.
  Milliseconds elapsed{};       ///< By its own report.
  Milliseconds processor{};     ///< User and system time, its child processes included.
  std::size_t most_in_flight = 0;
  std::size_t peak_memory = 0;        ///< Bytes resident at once, in the largest of its processes.
  std::vector<PageTimes> pages = {};  ///< In the order of the report.
};

/// Throws `std::runtime_error` with a sentence if one of the programs is not in `bin`.
void check_programs(const std::filesystem::path& bin);

/// Runs `bin/crawler.path()` on `urls` and waits for its end, for as long as `patience` lasts.
/// Throws `std::runtime_error` with a sentence if it fails, prints no report, has not fetched each
/// page, or does not end; it is killed then.
CrawlerRun run_crawler(const std::filesystem::path& bin, const Crawler& crawler,
                       const std::vector<std::string>& urls, std::size_t concurrency,
                       Milliseconds patience = std::chrono::seconds(60));

}  // namespace common
