// Lists the programs that take part in the comparison.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace common {

/// Names a program that takes part.
struct Crawler {
  std::string_view name;     ///< "1 threads"
  std::string_view program;  ///< "stage1_blocking"
  std::string_view variant;  ///< For --variant; may be empty.
  bool one_at_a_time;        ///< Never has two pages in flight.
  std::string_view folder = program;
  bool python = false;  ///< A listing of the article's, run by an interpreter.

  /// Returns where it is, below the build folder.
  std::filesystem::path path() const { return std::filesystem::path(folder) / program; }
  /// Returns whether each page in flight is a process.
  bool processes() const { return variant == "processes"; }
};

/// Returns the crawlers in C++, in the order of the article.
const std::vector<Crawler>& all_crawlers();

/// Returns the article's listings, in the same order.
const std::vector<Crawler>& all_listings();

/// Names the interpreter that runs the article's listings.
struct Python {
  std::string program;  ///< "/usr/bin/python3"
  std::string version;  ///< "3.11.2"
  bool has_aiohttp = false;
};

/// Says where the programs are.
struct Programs {
  std::filesystem::path bin;  ///< The build folder.
  Python python = {};         ///< For the listings alone.
};

/// Returns a Python that is new enough for the listings, preferably one with aiohttp. Throws
/// `std::runtime_error` with a sentence if there is none.
Python find_python();

/// Throws `std::runtime_error` with a sentence if one of the programs is not in `bin`.
void check_programs(const std::filesystem::path& bin, const std::vector<Crawler>& crawlers);

}  // namespace common
