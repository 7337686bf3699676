// Draws measurements as text: the table and the timeline.
#pragma once

#include <string>
#include <vector>

#include "common/compare/crawler_run.h"

namespace common {

/// One digit after the point where there are few before it.
std::string few_digits(double number);

/// Writes "101 ms" or "1.3 ms".
std::string milliseconds(Milliseconds time);

/// Writes "5.9 MiB".
std::string mebibytes(std::size_t bytes);

/// How far apart the marks of a time axis are, in milliseconds: 1, 2, 5, 10 …, six marks or so.
double step_of_axis(Milliseconds span);

/// Writes the heading of the table.
std::string table_head();

/// A row of the table: one line. `blocking` is the time that stage 1 takes, one page after another;
/// 0 if that is not known.
std::string table_row(const CrawlerRun& run, Milliseconds blocking);

/// A lane for each page, on one time axis of which `span` fills the width of 80 columns. In colour
/// for a terminal.
std::string timeline(const CrawlerRun& run, Milliseconds span, bool colour);

/// Writes the axis, which belongs below the lanes.
std::string time_axis(Milliseconds span);

/// Writes what the blocks of a lane mean.
std::string legend(bool colour);

}  // namespace common
