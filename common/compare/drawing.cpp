#include "common/compare/drawing.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace common {
namespace {

/// The steps of a page as they are drawn.
enum class Step { none, connecting, waiting, reading };

struct Look {
  std::string_view block;
  std::string_view colour;  // as terminals understand it
};
constexpr std::array<Look, 4> looks = {{
    {" ", ""},
    {"▓", "\x1b[33m"},
    {"░", "\x1b[36m"},
    {"█", "\x1b[32m"},
}};
constexpr std::string_view plain = "\x1b[0m";

constexpr int label_width = 6;  // "  /12 "
constexpr int lane_width = 80 - label_width;

std::string drawn(Step step, int count, bool colour) {
  const Look& look = looks[static_cast<std::size_t>(step)];
  std::string text;
  for (int i = 0; i < count; ++i) text += look.block;
  return colour && step != Step::none && count > 0 ? fmt::format("{}{}{}", look.colour, text, plain)
                                                   : text;
}

/// The block in which `time` lies.
int block_of(Milliseconds time, Milliseconds span) {
  return std::clamp(static_cast<int>(time / span * lane_width), 0, lane_width - 1);
}

/// A block shows what went on when its time began. But connecting and reading, which may take far
/// less than that, get one in any case.
std::string lane(const PageTimes& page, Milliseconds span, bool colour) {
  const int begin = block_of(page.connecting, span);
  const int last = block_of(page.done, span);
  const int waiting = std::min(block_of(page.sent, span) + 1, last);
  const int reading = std::clamp(block_of(page.first_byte, span) + 1, waiting, last);
  return drawn(Step::none, begin, colour) + drawn(Step::connecting, waiting - begin, colour) +
         drawn(Step::waiting, reading - waiting, colour) +
         drawn(Step::reading, last + 1 - reading, colour);
}

constexpr std::string_view row_format = "{:<21}{:>10}{:>10}{:>12}{:>12}{:>12}\n";

}  // namespace

std::string few_digits(double number) {
  return number < 99.95 ? fmt::format("{:.1f}", number) : fmt::format("{:.0f}", number);
}

std::string milliseconds(Milliseconds time) {
  return fmt::format("{:.{}f} ms", time.count(), time.count() < 9.95 ? 1 : 0);
}

std::string mebibytes(std::size_t bytes) {
  return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1 << 20));
}

double step_of_axis(Milliseconds span) {
  constexpr int most_marks = 6;
  double step = 1;
  for (int i = 1; span.count() / step > most_marks; ++i) step *= i % 3 == 2 ? 2.5 : 2;
  return step;
}

std::string table_head() {
  return fmt::format(row_format, "", "time", "faster", "processor", "in flight", "memory");
}

std::string table_row(const CrawlerRun& run, Milliseconds blocking) {
  return fmt::format(row_format, run.crawler.name, milliseconds(run.elapsed),
                     blocking.count() > 0 ? few_digits(blocking / run.elapsed) + " x" : "",
                     few_digits(run.processor.count()) + " ms", run.most_in_flight,
                     mebibytes(run.peak_memory));
}

std::string timeline(const CrawlerRun& run, Milliseconds span, bool colour) {
  std::string text = fmt::format("{}\n", run.crawler.name);
  for (const PageTimes& page : run.pages) {
    text += fmt::format("{:>{}} {}\n", page.path, label_width - 1, lane(page, span, colour));
  }
  return text;
}

std::string time_axis(Milliseconds span) {
  const double step = step_of_axis(span);
  std::string line(label_width, ' ');
  int column = 0;
  for (Milliseconds time(0); time < span; time += Milliseconds(step)) {
    const std::string mark = fmt::format("└ {:.0f} ms", time.count());
    const int begin = block_of(time, span);
    const int width = static_cast<int>(mark.size()) - 2;  // the corner is three bytes
    if (begin + width > lane_width) break;
    line += std::string(begin - column, ' ') + mark;
    column = begin + width;
  }
  return line + "\n";
}

std::string legend(bool colour) {
  return fmt::format("{} connecting and asking   {} waiting   {} reading\n",
                     drawn(Step::connecting, 1, colour), drawn(Step::waiting, 1, colour),
                     drawn(Step::reading, 1, colour));
}

}  // namespace common
