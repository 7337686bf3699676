// The line on a terminal that tells how far a crawl has come.
#pragma once

#include "common/crawl/crawl_job.h"
#include "common/net/clock.h"

namespace common {

/// One line on stderr, written over again and again: ten times a second at most. Where stderr is no
/// terminal nothing is written. The line is gone when this is.
class ProgressLine {
 public:
  ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine();

  /// Writes the line anew, if the last time was long enough ago.
  void show(const CrawlProgress& progress);

 private:
  const bool on_terminal_;
  const TimePoint start_;
  TimePoint next_;
  bool shown_ = false;
};

}  // namespace common
