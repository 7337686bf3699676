// `--record FILE` for an example that has no other options, and `--help`, which says so.
#pragma once

#include <memory>
#include <ostream>
#include <string_view>

namespace common {

/// A line of an example's `main`, and its end: the run is recorded as `--record FILE` tells.
class ExampleRecord {
 public:
  /// `name` is the program's. What it doesn't understand, or a file that can't be had, ends the
  /// program here, with one sentence and status 2 or 1.
  ExampleRecord(int argc, char** argv, std::string_view name);
  ExampleRecord(const ExampleRecord&) = delete;
  ExampleRecord& operator=(const ExampleRecord&) = delete;
  ~ExampleRecord();

  /// Writes the record. `exit_status_of(out)`, or 1 if the record is lost, which it says.
  int finish(std::ostream& out) noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;  // null if nothing is recorded
};

}  // namespace common
