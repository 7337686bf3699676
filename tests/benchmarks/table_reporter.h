// The results as a table for people: medians, and how far the runs were apart.
#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

/// Collects all runs and prints the table at the end, in the order of registration: the runs take
/// turns, so nothing is finished much before. `failed()` then tells whether any run was in vain.
class TableReporter : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context& context) override;
  void ReportRuns(const std::vector<Run>& runs) override;
  void Finalize() override;

  bool failed() const { return failed_; }

 private:
  /// One benchmark, with each figure that its runs came to.
  struct Row {
    std::string group;
    std::string name;
    std::map<std::string, std::vector<double>> figures = {};
  };

  std::map<std::pair<std::int64_t, std::int64_t>, Row> rows_;
  bool failed_ = false;
};
