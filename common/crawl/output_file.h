// A file that a program writes when its work is done.
#pragma once

#include <fstream>
#include <string>

namespace common {

/// Opened before the work begins: nobody waits for results that cannot be kept.
class OutputFile {
 public:
  /// `what` is for messages: "the timeline". Throws `std::system_error` if there can be no such
  /// file.
  OutputFile(std::string what, std::string name);

  /// Throws `std::system_error` if `text` could not be written to its end.
  void write(const std::string& text);

  const std::string& name() const noexcept { return name_; }

 private:
  void check() const;

  std::string what_;
  std::string name_;
  std::ofstream file_;
};

}  // namespace common
