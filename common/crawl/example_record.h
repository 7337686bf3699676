// Gives an example program the options `--record FILE` and `--help`. Examples have no others.
#pragma once

#include <memory>
#include <ostream>
#include <string_view>

namespace common {

/// Records a run of an example if it was started with `--record FILE`. Make one as the first thing
/// in `main`, and end `main` with `return record.finish(std::cout)`:
///
///   int main(int argc, char** argv) {
///     common::ExampleRecord record(argc, argv, "generators");
///     ...
///     return record.finish(std::cout);
///   }
class ExampleRecord {
 public:
  /// `name` is the program's name in messages. `--help` ends the program with status 0, an argument
  /// that isn't understood with 2, and a file that can't be written with 1. Each says so in one
  /// sentence.
  ExampleRecord(int argc, char** argv, std::string_view name);
  ExampleRecord(const ExampleRecord&) = delete;
  ExampleRecord& operator=(const ExampleRecord&) = delete;
  ~ExampleRecord();

  /// Writes the record, if there is one, and returns the program's exit status: what
  /// `exit_status_of(out)` returns, or 1 if the record could not be written, which it reports.
  int finish(std::ostream& out) noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;  // null if nothing is recorded
};

}  // namespace common
