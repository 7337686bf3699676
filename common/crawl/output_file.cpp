#include "common/crawl/output_file.h"

#include <fmt/core.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace common {

OutputFile::OutputFile(std::string what, std::string name)
    : what_(std::move(what)), name_(std::move(name)), file_(name_) {
  check();
}

void OutputFile::write(const std::string& text) {
  file_ << text << std::flush;
  check();
}

void OutputFile::check() const {
  if (file_) return;
  throw std::system_error(errno, std::generic_category(),
                          fmt::format("{} could not be written to '{}'", what_, name_));
}

}  // namespace common
