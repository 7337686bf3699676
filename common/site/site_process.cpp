#include "common/site/site_process.h"

#include <unistd.h>

#include <charconv>
#include <stdexcept>

#include "common/site/child_process.h"
#include "common/site/site_content.h"

namespace common {
namespace {

/// What the descriptor delivers up to the end of a line, or of the stream.
std::string read_line(int fd) {
  std::string line;
  char c = 0;
  while (::read(fd, &c, 1) == 1 && c != '\n') line += c;
  return line;
}

/// The port in "practice site: http://127.0.0.1:PORT/ …", 0 if it is not there.
std::uint16_t port_in(const std::string& line) {
  constexpr std::string_view host = "127.0.0.1:";
  const auto at = line.find(host);
  std::uint16_t port = 0;
  if (at != std::string::npos) {
    std::from_chars(line.data() + at + host.size(), line.data() + line.size(), port);
  }
  return port;
}

}  // namespace

SiteProcess::SiteProcess(const SiteOptions& options)
    : process_(std::make_unique<ChildProcess>(
          find_program("common/practice_site"),
          std::vector<std::string>{"--exit-with-parent", "--port", std::to_string(options.port),
                                   "--pages", std::to_string(options.pages), "--delay",
                                   duration_text(options.delay)})),
      port_(port_in(read_line(process_->output()))) {
  if (port_ == 0) throw std::runtime_error("the practice site did not start");
}

SiteProcess::~SiteProcess() { process_->end(); }

std::string SiteProcess::url(const std::string& path) const {
  return "http://127.0.0.1:" + std::to_string(port_) + path;
}

pid_t SiteProcess::pid() const noexcept { return process_->pid(); }

}  // namespace common
