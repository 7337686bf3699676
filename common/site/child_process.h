// Starts another program from this one.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace common {

/// Returns where the tutorial's program `name` ("common/practice_site") was built: below the folder
/// of the running program, or below a folder above that. Throws `std::runtime_error` if it is not
/// found.
std::filesystem::path find_program(const std::filesystem::path& name);

/// Runs a program as a child of this one. Its standard input and output are pipes to this process,
/// and it shares our standard error. The destructor kills it if it still runs, and waits for it.
class ChildProcess {
 public:
  /// Says how a program ended and what it used, including the children that it waited for.
  struct End {
    int status = 0;    ///< As `waitpid` reports it.
    rusage used = {};  ///< `ru_maxrss` is that of the largest process, in KiB on Linux.
  };

  /// Starts `program` with `arguments`. Throws `std::system_error` if there is no such program, or
  /// if no process or descriptor is left.
  ChildProcess(const std::filesystem::path& program, const std::vector<std::string>& arguments);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  pid_t pid() const noexcept { return pid_; }
  int output() const noexcept { return output_; }  ///< Its standard output, to be read.

  /// Returns all that it prints, and blocks until the end of its output.
  std::string read_output() const;
  /// Waits until it ends; `pid()` is -1 from then on. A further call returns the same.
  End wait();
  /// Asks it to end (SIGTERM), unless it has been waited for, and waits.
  End end();

 private:
  pid_t pid_ = -1;  // -1: waited for
  End end_;
  int input_ = -1;
  int output_ = -1;
};

}  // namespace common
