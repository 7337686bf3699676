// Writes a file when a program's work is done.
#pragma once

#include <fstream>
#include <string>

namespace common {

/// Holds a file that is opened before the work begins, so that a file that cannot be written is an
/// error before the work and not after it.
class OutputFile {
 public:
  /// Opens the file `name`. `what` is for messages: "the timeline". Throws `std::system_error` if
  /// the file cannot be opened.
  OutputFile(std::string what, std::string name);

  /// Writes `text`. Throws `std::system_error` if not all of it could be written.
  void write(const std::string& text);

  const std::string& name() const noexcept { return name_; }

 private:
  void check() const;

  std::string what_;
  std::string name_;
  std::ofstream file_;
};

}  // namespace common
