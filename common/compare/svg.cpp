#include "common/compare/svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>

#include "common/compare/drawing.h"

namespace common {
namespace {

// All lengths in the picture's own units; it is scaled as a whole.
constexpr double width = 720;
constexpr double lanes_begin = 190;
constexpr double lanes_width = width - lanes_begin - 14;
constexpr double lane_height = 5;
constexpr double least_group = 46;  // three lines of text beside the lanes
constexpr double gap = 12;
constexpr double legend_height = 34;
constexpr double axis_height = 28;

constexpr std::string_view style = R"(<style>
text { font: 12px system-ui, sans-serif; fill: #59636e; }
.name { font-size: 14px; font-weight: 600; fill: #1f2328; }
.ground { fill: #ffffff; }
.rule { stroke: #d1d9e0; }
.connecting { fill: #d4620a; }
.waiting { fill: #b6cbe0; }
.reading { fill: #0b7a75; }
@media (prefers-color-scheme: dark) {
  text { fill: #9198a1; }
  .name { fill: #f0f6fc; }
  .ground { fill: #0d1117; }
  .rule { stroke: #3d444d; }
  .connecting { fill: #ff9d45; }
  .waiting { fill: #48637f; }
  .reading { fill: #3fd0c0; }
}
</style>
)";

class Picture {
 public:
  template <typename... Values>
  void add(fmt::format_string<Values...> format, Values&&... values) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Values>(values)...);
  }
  std::string text() const { return fmt::to_string(text_); }

 private:
  fmt::memory_buffer text_;
};

double group_height(const CrawlerRun& run) {
  return std::max(least_group, lane_height * static_cast<double>(run.pages.size()));
}

void add_legend(Picture& picture) {
  double x = lanes_begin;
  for (const auto& [name, text] :
       {std::pair("connecting", "connecting and asking"), std::pair("waiting", "waiting"),
        std::pair("reading", "reading")}) {
    picture.add(
        "<rect class=\"{}\" x=\"{}\" y=\"12\" width=\"10\" height=\"10\"/>"
        "<text x=\"{}\" y=\"21\">{}</text>\n",
        name, x, x + 15, text);
    x += 40 + 6.5 * static_cast<double>(std::string_view(text).size());
  }
}

/// Vertical lines at round times, named below `bottom`.
void add_axis(Picture& picture, Milliseconds span, double bottom) {
  const double step = step_of_axis(span);
  for (int mark = 0; mark * step <= span.count(); ++mark) {
    const double time = mark * step;
    const double x = lanes_begin + time / span.count() * lanes_width;
    picture.add("<line class=\"rule\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1}\" y2=\"{2:.1f}\"/>", x,
                legend_height, bottom);
    picture.add("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{} ms</text>\n", x,
                bottom + 17, time);
  }
}

/// The three phases; connecting and reading are short, and wide enough to be seen in any case.
void add_lane(Picture& picture, const PageTimes& page, Milliseconds span, double y) {
  constexpr double visible = 2;
  const auto x_of = [&](Milliseconds time) { return lanes_begin + time / span * lanes_width; };
  const double begin = x_of(page.connecting);
  const double end = std::max(x_of(page.done), begin + 2 * visible);
  const double sent = std::clamp(x_of(page.sent), begin + visible, end - visible);
  const double first_byte = std::clamp(x_of(page.first_byte), sent, end - visible);
  const auto add = [&](std::string_view phase, double from, double to) {
    picture.add("<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{}\"/>",
                phase, from, y, to - from, lane_height - 1);
  };
  add("connecting", begin, sent);
  add("waiting", sent, first_byte);
  add("reading", first_byte, end);
  picture.add("\n");
}

void add_group(Picture& picture, const Crawl& crawl, const CrawlerRun& run, Milliseconds span,
               double y) {
  picture.add("<text class=\"name\" x=\"0\" y=\"{:.1f}\">{}</text>\n", y + 11, run.crawler.name);
  const bool blocking_is_known = crawl.blocking.count() > 0;
  picture.add(
      "<text x=\"0\" y=\"{:.1f}\">{}{}</text>\n", y + 27, milliseconds(run.elapsed),
      blocking_is_known ? ", " + few_digits(crawl.blocking / run.elapsed) + " x as fast" : "");
  picture.add("<text x=\"0\" y=\"{:.1f}\">{} ms processor, {}</text>\n", y + 42,
              few_digits(run.processor.count()), mebibytes(run.peak_memory));
  for (const PageTimes& page : run.pages) {
    add_lane(picture, page, span, y);
    y += lane_height;
  }
}

}  // namespace

std::string timeline_svg(const Crawl& crawl) {
  Milliseconds span(1);
  double bottom = legend_height;
  for (const CrawlerRun& run : crawl.runs) {
    span = std::max(span, run.elapsed);
    bottom += group_height(run) + gap;
  }
  Picture picture;
  picture.add(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"-12 0 {:.0f} {:.0f}\" role=\"img\" "
      "aria-label=\"A lane for each page of each crawler, over time\">\n{}",
      width + 24, bottom + axis_height, style);
  picture.add("<rect class=\"ground\" x=\"-12\" width=\"100%\" height=\"100%\" rx=\"6\"/>\n");
  add_legend(picture);
  add_axis(picture, span, bottom);
  double y = legend_height;
  for (const CrawlerRun& run : crawl.runs) {
    add_group(picture, crawl, run, span, y);
    y += group_height(run) + gap;
  }
  picture.add("</svg>\n");
  return picture.text();
}

}  // namespace common
