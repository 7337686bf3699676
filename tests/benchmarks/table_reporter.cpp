#include "table_reporter.h"

#include <algorithm>
#include <cstdio>
#include <ostream>

namespace {

std::string with_digits(double number, const char* unit) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f%s", number < 10 ? 2 : number < 100 ? 1 : 0, number, unit);
  return text;
}

std::string as_count(double number) { return with_digits(number, ""); }
std::string as_bytes(double number) { return with_digits(number / 1024, " KiB"); }
std::string as_seconds(double number) {
  if (number < 1e-6) return with_digits(number * 1e9, " ns");
  if (number < 1e-3) return with_digits(number * 1e6, " us");
  if (number < 1) return with_digits(number * 1e3, " ms");
  return with_digits(number, " s");
}
std::string as_microseconds(double number) { return as_seconds(number * 1e-6); }

/// A figure that the runs come to, and how it is told.
struct Column {
  std::string figure;
  std::string head;
  std::string (*told)(double);
};

/// From left to right.
const Column columns[] = {{"time_s", "time", as_seconds},
                          {"processor_us/page", "processor/page", as_microseconds},
                          {"system_calls/page", "calls/page", as_count},
                          {"allocations/page", "allocations/page", as_count},
                          {"bytes/page", "memory/page", as_bytes},
                          {"each", "each", as_seconds}};
constexpr std::size_t name_width = 30;
constexpr std::size_t column_width = 18;

std::string padding(std::size_t width, const std::string& text) {
  return std::string(std::max(width, text.size() + 1) - text.size(), ' ');
}

/// The median, and half the distance from the least to the most, in percent of it.
std::string told(const Column& column, std::vector<double> all) {
  std::ranges::sort(all);
  const double median = (all[(all.size() - 1) / 2] + all[all.size() / 2]) / 2;
  const double spread = median > 0 ? (all.back() - all.front()) / 2 / median * 100 : 0;
  char text[64];
  std::snprintf(text, sizeof text, all.size() > 1 ? "%s %3.0f%%" : "%s",
                column.told(median).c_str(), spread);
  return text;
}

}  // namespace

bool TableReporter::ReportContext(const Context& context) {
  PrintBasicContext(&GetErrorStream(), context);
  GetErrorStream() << "The benchmarks take turns; the table follows when all are done.\n";
  return true;
}

void TableReporter::ReportRuns(const std::vector<Run>& runs) {
  for (const Run& run : runs) {
    if (run.run_type != Run::RT_Iteration) continue;
    const std::string& path = run.run_name.function_name;
    const auto last = path.rfind('/');
    Row& row = rows_[{run.family_index, run.per_family_instance_index}];
    row.group = path.substr(0, last);
    row.name = path.substr(last + 1) + (run.run_name.args.empty() ? "" : "/") + run.run_name.args;
    if (run.real_accumulated_time == 0) {  // it was skipped with an error
      failed_ = true;
      continue;
    }
    for (const auto& [name, counter] : run.counters) row.figures[name].push_back(counter.value);
    if (!run.counters.contains("each")) {
      const auto iterations = static_cast<double>(run.iterations);
      row.figures["time_s"].push_back(run.real_accumulated_time / iterations);
    }
  }
}

void TableReporter::Finalize() {
  std::ostream& out = GetOutputStream();
  std::string group;
  for (const auto& [index, row] : rows_) {
    if (row.group != group) {
      group = row.group;
      out << '\n' << group << padding(name_width, group);
      for (const Column& column : columns) {
        if (row.figures.contains(column.figure)) {
          out << padding(column_width, column.head) << column.head;
        }
      }
      out << '\n';
    }
    out << "  " << row.name << padding(name_width - 2, row.name);
    if (row.figures.empty()) out << padding(column_width, "failed") << "failed";
    for (const Column& column : columns) {
      const auto figure = row.figures.find(column.figure);
      if (figure == row.figures.end()) continue;
      const std::string text = told(column, figure->second);
      out << padding(column_width, text) << text;
    }
    out << '\n';
  }
  out << "\nMedians; the percentage is half the distance from the smallest to the largest.\n";
}
