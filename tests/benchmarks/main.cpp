// All benchmarks. Without options each runs five times, in turn with the others, and a table tells
// the medians and the spread of these runs; --help lists what else Google Benchmark can do.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <iostream>
#include <string_view>
#include <vector>

#include "common/process/process.h"
#include "table_reporter.h"

void add_crawl_benchmarks();
void add_mechanism_benchmarks();

int main(int argc, char** argv) {
  common::prepare_process();
  char repetitions[] = "--benchmark_repetitions=5";
  char in_turn[] = "--benchmark_enable_random_interleaving=true";
  char min_time[] = "--benchmark_min_time=0.05";
  std::vector<char*> arguments = {argv[0], repetitions, in_turn, min_time};
  arguments.insert(arguments.end(), argv + 1, argv + argc);  // which win
  const bool table = std::none_of(argv, argv + argc, [](std::string_view argument) {
    return argument.starts_with("--benchmark_format");
  });

  add_crawl_benchmarks();
  add_mechanism_benchmarks();
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 2;
  TableReporter reporter;
  const std::size_t found =
      table ? benchmark::RunSpecifiedBenchmarks(&reporter) : benchmark::RunSpecifiedBenchmarks();
  if (found == 0) {  // Google Benchmark has said so
    std::cerr << "--benchmark_list_tests shows the names.\n";
    return 2;
  }
  return reporter.failed() ? 1 : 0;
}
