// Another program, started from this one.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace common {

/// Where the tutorial's program `name` ("common/practice_site") was built: below the folder of the
/// running program, or below one above it. Throws `std::runtime_error` if it is nowhere.
std::filesystem::path find_program(const std::filesystem::path& name);

/// A program that runs as a child of this one. Its standard input and output are pipes to us, its
/// standard error is ours. When destroyed, it is killed if it still runs, and waited for.
class ChildProcess {
 public:
  /// How a program ended and what it took, its own waited-for children included.
  struct End {
    int status = 0;    ///< As `waitpid` tells it.
    rusage used = {};  ///< `ru_maxrss` is that of the largest process, in KiB on Linux.
  };

  /// Starts `program` with `arguments`. Throws `std::system_error` if there is no such program, or
  /// no process or descriptor left.
  ChildProcess(const std::filesystem::path& program, const std::vector<std::string>& arguments);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  pid_t pid() const noexcept { return pid_; }
  int output() const noexcept { return output_; }  ///< Its standard output, to be read.

  /// All that it prints, up to the end of its output.
  std::string read_output() const;
  /// Waits until it ends; then `pid()` is -1. Asked again, says the same.
  End wait();
  /// Asks it to end (SIGTERM), if it has not been waited for, and waits.
  End end();

 private:
  pid_t pid_ = -1;  // -1: waited for
  End end_;
  int input_ = -1;
  int output_ = -1;
};

}  // namespace common
