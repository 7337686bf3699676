// Records a run: writes what the calls of the trace report as data, one JSON object a line.
#pragma once

#include <functional>
#include <string_view>

namespace common::trace {

/// Returns whether this thread's run is being recorded.
bool recording() noexcept;

/// Records what this thread does for as long as it lives. A thread has one at a time.
class Recording {
 public:
  /// Receives whole lines, many at once. What it throws is kept for `finish`.
  using Sink = std::function<void(std::string_view lines)>;

  /// Starts to record. `header` is the first line, a JSON object.
  Recording(Sink sink, std::string_view header);
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;
  /// Writes what is left, however the run ended.
  ~Recording();

  /// Writes what is left. Throws what the sink threw.
  void finish();
};

}  // namespace common::trace
