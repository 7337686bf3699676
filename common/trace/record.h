// A record of a run: what the calls of the trace tell, as data, one JSON object a line.
#pragma once

#include <functional>
#include <string_view>

namespace common::trace {

/// Whether this thread's run is recorded.
bool recording() noexcept;

/// Records what this thread does for as long as this lives: one at a time.
class Recording {
 public:
  /// Gets whole lines, many at once. What it throws is kept for `finish`.
  using Sink = std::function<void(std::string_view lines)>;

  /// `header` is the first line, a JSON object.
  Recording(Sink sink, std::string_view header);
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;
  /// Writes what is left, whatever ended the run.
  ~Recording();

  /// Writes what is left. Throws what the sink threw.
  void finish();
};

}  // namespace common::trace
