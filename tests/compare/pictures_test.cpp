// The timeline as SVG, and the report.
#include <gmock/gmock.h>

#include <boost/json.hpp>
#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/compare/comparison.h"
#include "common/compare/drawing.h"
#include "common/compare/report.h"
#include "common/compare/svg.h"

namespace common {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

PageTimes page(double connecting, double sent, double first_byte, double done) {
  return {.path = "/",
          .connecting = Milliseconds(connecting),
          .sent = Milliseconds(sent),
          .first_byte = Milliseconds(first_byte),
          .done = Milliseconds(done)};
}

Crawl small_crawl() {
  Measured run;
  run.crawler = {"2 callbacks", "stage2_callbacks", "", false};
  run.elapsed = Milliseconds(100);
  run.processor = Milliseconds(3);
  run.peak_memory = 6 << 20;
  run.pages = {page(0, 10, 90, 100), page(20, 20, 20, 20)};
  return {.pages = 2, .in_flight = 2, .blocking = Milliseconds(200), .runs = {run}};
}

struct Box {
  std::string phase;
  double x, width;
};

/// The rectangles of the lanes, in order. Throws if `svg` is no XML.
std::vector<Box> boxes_of(const std::string& svg) {
  std::istringstream stream(svg);
  boost::property_tree::ptree tree;
  read_xml(stream, tree);
  std::vector<Box> boxes;
  for (const auto& [name, element] : tree.get_child("svg")) {
    const auto phase = element.get<std::string>("<xmlattr>.class", "");
    if (name != "rect" || phase == "ground") continue;
    boxes.push_back(
        {phase, element.get<double>("<xmlattr>.x"), element.get<double>("<xmlattr>.width")});
  }
  boxes.erase(boxes.begin(), boxes.begin() + 3);  // of the legend
  return boxes;
}

TEST(TimelineSvg, HasTheThreePhasesOfEachPageOneAfterAnother) {
  const std::vector<Box> boxes = boxes_of(timeline_svg(small_crawl()));
  ASSERT_EQ(boxes.size(), 6u);
  EXPECT_EQ(boxes[0].phase, "connecting");
  EXPECT_EQ(boxes[1].phase, "waiting");
  EXPECT_EQ(boxes[2].phase, "reading");
  EXPECT_NEAR(boxes[1].width, 8 * boxes[0].width, 0.2);
  EXPECT_NEAR(boxes[2].width, boxes[0].width, 0.2);
  EXPECT_NEAR(boxes[1].x, boxes[0].x + boxes[0].width, 0.2);
  EXPECT_NEAR(boxes[2].x, boxes[1].x + boxes[1].width, 0.2);
  EXPECT_NEAR(boxes[3].x, boxes[0].x + 2 * boxes[0].width, 0.2) << "20 ms later";
}

TEST(TimelineSvg, ShowsEvenTheShortestPage) {
  const std::vector<Box> boxes = boxes_of(timeline_svg(small_crawl()));
  EXPECT_GE(boxes[3].width, 1);
  EXPECT_GE(boxes[4].width, 0);
  EXPECT_GE(boxes[5].width, 1);
}

TEST(TimelineSvg, HasFiguresAndADarkScheme) {
  const std::string svg = timeline_svg(small_crawl());
  for (const char* text :
       {">2 callbacks<", ">100 ms, 2.0 x as fast<", ">3.0 ms processor, 6.0 MiB<", ">100 ms<",
        "prefers-color-scheme: dark"}) {
    EXPECT_THAT(svg, HasSubstr(text));
  }
}

TEST(TimelineSvg, OmitsFasterIfBlockingIsUnknown) {
  Crawl crawl = small_crawl();
  crawl.blocking = Milliseconds(0);
  EXPECT_THAT(timeline_svg(crawl), HasSubstr(">100 ms<"));
  EXPECT_THAT(timeline_svg(crawl), Not(HasSubstr("as fast")));
}

std::string contents_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Readme, ShowsThePictureAndTheTableAsTheyAreDrawnNow) {
  const std::filesystem::path root = REPOSITORY;
  const std::string readme = contents_of(root / "README.md");
  const std::string picture = contents_of(root / "docs/images/timeline.svg");
  const std::string drawn = timeline_svg(small_crawl());
  const auto style_of = [](const std::string& svg) { return svg.substr(0, svg.find("</style>")); };
  const auto without_size = [](const std::string& text) {
    return std::regex_replace(text, std::regex("viewBox=\"[^\"]*\""), "");
  };
  EXPECT_EQ(without_size(style_of(picture)), without_size(style_of(drawn)));
  EXPECT_THAT(readme, HasSubstr("](docs/images/timeline.svg)"));
  EXPECT_THAT(readme, HasSubstr(table_head()));
  for (const Crawler& crawler : all_crawlers()) {
    const std::string name(crawler.name);
    EXPECT_THAT(picture, HasSubstr(">" + name + "<"));
    if (crawler.one_at_a_time) continue;  // left out of the table
    EXPECT_THAT(readme, HasSubstr("\n" + name + "  "));
  }
}

/// The figures that `page` holds.
boost::json::value figures_in(const std::string& page) {
  const std::string before = "<script type=\"application/json\" id=\"figures\">";
  const auto begin = page.find(before) + before.size();
  return boost::json::parse(page.substr(begin, page.find("</script>", begin) - begin));
}

TEST(Report, HoldsFiguresWithAnyCharacters) {
  Crawl crawl = small_crawl();
  crawl.left_out.push_back(
      {{"1 <b>", "", "", true}, "</script><script>alert(1)</script> {{figures}}"});
  const std::string figures = to_json({crawl}, {crawl, crawl});
  boost::json::value found = figures_in(report_page(figures, "[]"));
  EXPECT_THAT(std::string(found.at("machine").as_string()), HasSubstr(" processors, "));
  EXPECT_EQ(found.at("growth").as_array().size(), 2u);
  EXPECT_EQ(found.at("crawls"), boost::json::parse(figures).at("crawls"));
  EXPECT_TRUE(found.at("costs_by_depth").as_array().empty());
}

TEST(Report, NeedsNothingFromElsewhere) {
  const std::string page = report_page(to_json({small_crawl()}, {small_crawl()}), "[]");
  EXPECT_FALSE(std::regex_search(page, std::regex("src=|href=|@import|url\\(|fetch\\(|import ")));
  std::string without_namespace = page;
  const std::string svg = "http://www.w3.org/2000/svg";
  without_namespace.replace(page.find(svg), svg.size(), "");
  EXPECT_THAT(without_namespace, Not(HasSubstr("://")));
}

TEST(Report, TakesTheCostsByDepthFromTheBenchmarks) {
  const std::string depth = "mechanism/resume_at_depth/";
  const auto result = [](const std::string& name, double each, const std::string& aggregate = "") {
    boost::json::object object = {{"run_name", name}, {"each", each}};
    if (!aggregate.empty()) object["aggregate_name"] = aggregate;
    return object;
  };
  const boost::json::array results = {
      result(depth + "stage4/100", 512e-9),           result(depth + "stage5/1000", 50e-9),
      result(depth + "stage5/1000", 30e-9),           result(depth + "stage5/1000", 39e-9, "mean"),
      result(depth + "stage5/1000", 40e-9, "median"), result(depth + "stage5/1000", 1e-9, "stddev"),
      result("mechanism/callback/stage2", 9e-9)};
  const std::string benchmarks =
      boost::json::serialize(boost::json::object{{"benchmarks", results}});
  const auto found = figures_in(report_page(to_json({small_crawl()}), costs_by_depth(benchmarks)));
  const auto& costs = found.at("costs_by_depth").as_array();
  ASSERT_EQ(costs.size(), 2u);
  EXPECT_EQ(costs[0].at("name"), "stage4");
  EXPECT_EQ(costs[0].at("depth"), 100);
  EXPECT_NEAR(costs[0].at("nanoseconds").as_double(), 512, 0.01);
  EXPECT_EQ(costs[1].at("name"), "stage5");
  EXPECT_EQ(costs[1].at("depth"), 1000);
  EXPECT_NEAR(costs[1].at("nanoseconds").as_double(), 40, 0.01) << "the median";
}

TEST(Report, ReportsMissingBenchmarks) {
  for (const char* text : {"", "{", "{}", "[]", "{\"benchmarks\": 5}", "{\"benchmarks\": []}"}) {
    EXPECT_THROW(costs_by_depth(text), std::runtime_error) << text;
  }
}

}  // namespace
}  // namespace common
