// Shows on a terminal how far a crawl has come.
#pragma once

#include "common/crawl/crawl_job.h"
#include "common/net/clock.h"

namespace common {

/// Writes one line on stderr and overwrites it again and again, ten times a second at most. If
/// stderr is not a terminal, it writes nothing. The destructor clears the line.
class ProgressLine {
 public:
  ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine();

  /// Overwrites the line, unless it was written a moment ago.
  void show(const CrawlProgress& progress);

 private:
  const bool on_terminal_;
  const TimePoint start_;
  TimePoint next_;
  bool shown_ = false;
};

}  // namespace common
