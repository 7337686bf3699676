#include "common/crawl/progress_line.h"

#include <fmt/core.h>
#include <unistd.h>

#include "common/crawl/units.h"
#include "common/process/output.h"

namespace common {
namespace {

constexpr Duration pause = std::chrono::milliseconds(100);
constexpr const char* to_line_start_and_clear = "\r\033[K";

}  // namespace

ProgressLine::ProgressLine()
    : on_terminal_(::isatty(STDERR_FILENO) != 0), start_(Clock::now()), next_(start_ + pause) {}

ProgressLine::~ProgressLine() {
  if (shown_) say_unchanged(to_line_start_and_clear);
}

void ProgressLine::show(const CrawlProgress& progress) {
  if (!on_terminal_) return;
  const TimePoint now = Clock::now();
  if (now < next_) return;
  next_ = now + pause;
  shown_ = true;

  const std::size_t done = progress.fetched + progress.failed;
  const double rate =
      static_cast<double>(progress.fetched) / std::chrono::duration<double>(now - start_).count();
  say_unchanged(fmt::format("{}{} done, {} in flight, {} queued, {} failed, {:.1f} pages/s",
                            to_line_start_and_clear, format_count(done),
                            format_count(progress.in_flight), format_count(progress.queued),
                            format_count(progress.failed), rate));
}

}  // namespace common
