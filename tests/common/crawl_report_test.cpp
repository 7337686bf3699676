#include "common/crawl/crawl_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "common/crawl/crawl_error.h"

namespace common {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

PageResult fetched_page(const std::string& url) {
  PageResult page;
  page.url = url;
  page.status = 200;
  page.content_type = "text/html; charset=utf-8";
  page.header_bytes = 120;
  page.body_bytes = 12345;
  page.tries = 1;
  page.address = Endpoint::parse("127.0.0.1", 80);
  page.queued = milliseconds(0);
  page.connecting = milliseconds(1);
  page.connected = milliseconds(2);
  page.sent = milliseconds(3);
  page.first_byte = milliseconds(100);
  page.done = microseconds(102345);
  return page;
}

PageResult failed_page(const std::string& url, CrawlError error) {
  PageResult page;
  page.url = url;
  page.error = error;
  page.done = milliseconds(50);
  return page;
}

/// Two pages fetched, one of them a redirect that took two tries, and one refused.
CrawlReport small_report() {
  CrawlReport report;
  report.pages.push_back(fetched_page("http://host/"));
  PageResult redirect = fetched_page("http://host/old");
  redirect.status = 301;
  redirect.body_bytes = 0;
  redirect.next_url = "http://host/";
  redirect.tries = 2;
  report.pages.push_back(redirect);
  PageResult refused = failed_page("http://host:1/", CrawlError::connection_refused);
  refused.detail = "connecting to 127.0.0.1:1: connection refused";
  refused.tries = 4;
  report.pages.push_back(refused);
  report.elapsed = milliseconds(150);
  report.most_in_flight = 3;
  return report;
}

TEST(CrawlReport, CountsWhatWasFetchedAndWhatFailed) {
  const CrawlReport report = small_report();
  EXPECT_EQ(report.fetched(), 2U);
  EXPECT_EQ(report.failed(), 1U);
  EXPECT_EQ(report.redirects(), 1U);
  EXPECT_EQ(report.body_bytes(), 12345U);
}

TEST(CrawlReport, ReportsSpeedAndConcurrency) {
  CrawlReport report = small_report();
  EXPECT_NEAR(report.achieved_concurrency(), 2 * 101.345 / 150, 1e-9);
  EXPECT_NEAR(report.pages_per_second(), 2 / 0.150, 1e-9);
  report.elapsed = {};
  EXPECT_EQ(report.pages_per_second(), 0);
  EXPECT_EQ(report.achieved_concurrency(), 0);
}

TEST(CrawlReport, HasAnExitStatus) {
  CrawlReport report;
  EXPECT_EQ(report.exit_status(), 0);
  report.pages.push_back(fetched_page("http://host/"));
  EXPECT_EQ(report.exit_status(), 0);
  report.pages.push_back(failed_page("http://host/x", CrawlError::timed_out));
  EXPECT_EQ(report.exit_status(), 1);
  report.interrupted = true;
  EXPECT_EQ(report.exit_status(), 130);
}

TEST(CrawlReportText, HasALineForEachPageAndThenTheTotals) {
  EXPECT_EQ(to_text(small_report()),
            "status       bytes         ms  type       URL\n"
            "   200      12,345      101.3  text/html  http://host/\n"
            "   301           0      101.3  text/html  http://host/old  -> http://host/ (2 tries)\n"
            "     -           -          -  -          http://host:1/  connecting to 127.0.0.1:1: "
            "connection refused (4 tries)\n"
            "\n"
            "fetched      2 pages, 12.1 KiB\n"
            "failed       1 page: 1 connection refused\n"
            "redirects    1\n"
            "time         150.0 ms, 13.3 pages a second\n"
            "in flight    3 at most, 1.4 on average\n");
}

TEST(CrawlReportText, NamesNoSpeedOfPagesThatWereNotFetched) {
  CrawlReport report;
  report.pages.push_back(failed_page("http://host/", CrawlError::connection_refused));
  report.elapsed = milliseconds(2);
  EXPECT_THAT(to_text(report),
              AllOf(HasSubstr("fetched      0 pages"), HasSubstr("time         2.0 ms\n")));
  EXPECT_EQ(report.pages_per_second(), 0);
}

TEST(CrawlReportText, HasTheFailedPagesAloneIfAskedFor) {
  const std::string text = to_text(small_report(), false);
  EXPECT_THAT(text, Not(HasSubstr("http://host/old")));
  EXPECT_THAT(text, HasSubstr("http://host:1/  connecting to"));
  EXPECT_THAT(text, HasSubstr("fetched      2 pages"));
  EXPECT_THAT(to_text(CrawlReport{}, false), testing::StartsWith("fetched      0 pages"));
}

TEST(CrawlReportText, HasLinksWhereLinksWereFollowed) {
  CrawlReport report = small_report();
  report.pages[0].links = 12;
  report.pages[0].new_links = 3;
  EXPECT_THAT(to_text(report),
              testing::StartsWith(
                  "status       bytes         ms  type        links    new  URL\n"
                  "   200      12,345      101.3  text/html      12      3  http://host/\n"));
}

TEST(CrawlReportText, CountsErrorsByKind) {
  CrawlReport report;
  for (const char* path : {"1", "2"}) {
    report.pages.push_back(failed_page(path, CrawlError::name_not_found));
  }
  report.pages.push_back(failed_page("3", CrawlError::closed_early));
  EXPECT_THAT(to_text(report),
              HasSubstr("failed       3 pages: 1 closed early, 2 name not found\n"));
}

TEST(CrawlReportText, SaysWhatWasLeftOpenAndWhy) {
  CrawlReport report = small_report();
  report.remaining = {"http://host/a", "http://host/b"};
  EXPECT_THAT(to_text(report), HasSubstr("not fetched  2 URLs: the limit of pages was reached\n"));
  report.interrupted = true;
  EXPECT_THAT(to_text(report), HasSubstr("not fetched  2 URLs: the crawl was interrupted\n"));
  report.remaining.clear();
  EXPECT_THAT(to_text(report), HasSubstr("interrupted  nothing was queued any more\n"));
}

TEST(CrawlReportText, ReportsLookUpsSeparately) {
  CrawlReport report = small_report();
  EXPECT_THAT(to_text(report), Not(HasSubstr("look-ups")));
  report.lookup_time = milliseconds(12);
  EXPECT_THAT(to_text(report), HasSubstr("look-ups     12.0 ms"));
}

TEST(CrawlReportText, LetsNoServerCommandTheTerminal) {
  CrawlReport report = small_report();
  report.pages[0].content_type = "text/\033[2Jhtml\r";
  report.pages[2].detail = "line\nbreak\x7f";
  const std::string text = to_text(report);
  EXPECT_THAT(text, HasSubstr("text/?[2Jhtml?"));
  EXPECT_THAT(text, HasSubstr("line?break?"));
}

boost::json::object parsed(const CrawlReport& report) {
  const std::string text = to_json(report, "stage1_blocking", "threads");
  EXPECT_TRUE(text.ends_with("}\n"));
  return boost::json::parse(text).as_object();
}

TEST(CrawlReportJson, HasTheTotals) {
  CrawlReport report = small_report();
  report.lookup_time = microseconds(1500);
  report.selector = {.registered = 20, .unregistered = 19};
  const boost::json::object json = parsed(report);
  EXPECT_EQ(json.at("program"), "stage1_blocking");
  EXPECT_EQ(json.at("variant"), "threads");
  EXPECT_EQ(json.at("elapsed_ms"), 150.0);
  EXPECT_EQ(json.at("lookup_ms"), 1.5);
  EXPECT_EQ(json.at("most_in_flight"), 3);
  EXPECT_NEAR(json.at("achieved_concurrency").as_double(), 1.351, 1e-9);
  EXPECT_EQ(json.at("fetched"), 2);
  EXPECT_EQ(json.at("failed"), 1);
  EXPECT_EQ(json.at("redirects"), 1);
  EXPECT_NEAR(json.at("pages_per_second").as_double(), 2 / 0.150, 0.01);
  EXPECT_EQ(json.at("body_bytes"), 12345);
  EXPECT_EQ(json.at("interrupted"), false);
  EXPECT_EQ(json.at("selector"), (boost::json::object{{"registered", 20}, {"unregistered", 19}}));
  EXPECT_EQ(json.at("errors"), (boost::json::object{{"connection_refused", 1}}));
  EXPECT_EQ(json.at("remaining"), boost::json::array{});
}

TEST(CrawlReportJson, HasAllOfAPage) {
  EXPECT_EQ(parsed(small_report()).at("pages").at(0),
            (boost::json::object{{"url", "http://host/"},
                                 {"status", 200},
                                 {"content_type", "text/html; charset=utf-8"},
                                 {"content_encoding", ""},
                                 {"header_bytes", 120},
                                 {"body_bytes", 12345},
                                 {"links", 0},
                                 {"new_links", 0},
                                 {"skipped_links", 0},
                                 {"next_url", ""},
                                 {"tries", 1},
                                 {"address", "127.0.0.1:80"},
                                 {"error", nullptr},
                                 {"message", ""},
                                 {"origin", ""},
                                 {"queued_ms", 0.0},
                                 {"connecting_ms", 1.0},
                                 {"connected_ms", 2.0},
                                 {"sent_ms", 3.0},
                                 {"first_byte_ms", 100.0},
                                 {"done_ms", 102.345}}));
}

TEST(CrawlReportJson, NamesTheErrorAndHasNullForStepsThatWereNotReached) {
  const boost::json::object page = parsed(small_report()).at("pages").at(2).as_object();
  EXPECT_EQ(page.at("error"), "connection_refused");
  EXPECT_EQ(page.at("message"), "connecting to 127.0.0.1:1: connection refused");
  EXPECT_EQ(page.at("status"), 0);
  for (const char* step : {"connecting_ms", "connected_ms", "sent_ms", "first_byte_ms"}) {
    EXPECT_TRUE(page.at(step).is_null()) << step;
  }
  EXPECT_EQ(page.at("done_ms"), 50.0);
}

TEST(CrawlReportJson, IsValidForAnyBytesFromAServer) {
  CrawlReport report = small_report();
  report.pages[0].content_type = "a\"b\\c\td\x01";
  report.pages[1].content_type = "caf\xe9";      // Latin-1
  report.pages[2].content_type = "caf\xc3\xa9";  // UTF-8
  report.remaining = {"http://host/b", "http://host/c"};
  const boost::json::object json = parsed(report);
  EXPECT_EQ(json.at("pages").at(0).at("content_type"), "a\"b\\c\td\x01");
  EXPECT_EQ(json.at("pages").at(1).at("content_type"), "caf\xc3\xa9");
  EXPECT_EQ(json.at("pages").at(2).at("content_type"), "caf\xc3\xa9");
  EXPECT_EQ(json.at("remaining"), (boost::json::array{"http://host/b", "http://host/c"}));
}

TEST(CrawlReportJson, HasALineForEachPage) {
  const std::string text = to_json(small_report(), "stage1_blocking");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 4);
  EXPECT_THAT(text, HasSubstr("\n{\"url\":\"http://host/old\",\"status\":301,"));
}

/// The events of the pages in `report`, without the one that names the process.
std::vector<boost::json::object> events_of(const CrawlReport& report) {
  const boost::json::value timeline = boost::json::parse(to_timeline(report, "stage2_callbacks"));
  std::vector<boost::json::object> events;
  for (const auto& event : timeline.at("traceEvents").as_array()) {
    if (event.at("ph") != "M") events.push_back(event.as_object());
  }
  return events;
}

/// "b /old 1000", "b connecting 1000" …
std::vector<std::string> lines_of(const std::vector<boost::json::object>& events) {
  std::vector<std::string> lines;
  for (const auto& event : events) {
    std::stringstream line;
    line << event.at("ph").as_string().c_str() << ' ' << event.at("name").as_string().c_str() << ' '
         << event.at("ts").to_number<double>();
    lines.push_back(line.str());
  }
  return lines;
}

TEST(CrawlReportTimeline, HasThePagePhaseByPhase) {
  CrawlReport report;
  report.pages = {fetched_page("http://host/old")};
  const auto events = events_of(report);
  EXPECT_THAT(lines_of(events),
              testing::ElementsAre("b /old 1000", "b connecting 1000", "e connecting 3000",
                                   "b waiting 3000", "e waiting 100000", "b reading 100000",
                                   "e reading 102345", "e /old 102345"));
  EXPECT_EQ(events[0].at("args"),
            (boost::json::object{
                {"url", "http://host/old"}, {"status", 200}, {"body_bytes", 12345}, {"tries", 1}}));
}

TEST(CrawlReportTimeline, EndsAFailedPageInThePhaseThatItCameTo) {
  PageResult page = failed_page("http://host/", CrawlError::timed_out);
  page.connecting = milliseconds(2);
  CrawlReport report;
  report.pages = {page, failed_page("http://nowhere/", CrawlError::name_not_found)};
  const auto events = events_of(report);
  EXPECT_THAT(lines_of(events), testing::ElementsAre("b / 2000", "b connecting 2000",
                                                     "e connecting 50000", "e / 50000"))
      << "and the other was never tried";
  EXPECT_EQ(events[0].at("args").at("error").as_string(),
            make_error_code(CrawlError::timed_out).message());
}

TEST(CrawlReportTimeline, KeepsPagesThatOverlapApartByTheirIds) {
  CrawlReport report;
  for (int i = 0; i < 20; ++i) {
    PageResult page = fetched_page("http://host/" + std::to_string(i));
    page.connecting = milliseconds(i % 3);
    report.pages.push_back(page);
  }
  std::map<std::int64_t, std::vector<std::string>> open;  // by their ids
  std::map<std::int64_t, double> last;
  for (const auto& event : events_of(report)) {
    EXPECT_EQ(event.at("cat"), "page");
    const std::int64_t id = event.at("id").as_int64();
    const std::string name = event.at("name").as_string().c_str();
    EXPECT_TRUE(event.at("ts").is_int64()) << event.at("ts");
    const auto time = event.at("ts").to_number<double>();
    EXPECT_LE(last[id], time);
    last[id] = time;
    if (event.at("ph") == "b") {
      open[id].push_back(name);
    } else {
      ASSERT_EQ(open[id].back(), name) << "what ends is what began last";
      open[id].pop_back();
    }
  }
  EXPECT_EQ(open.size(), 20u);
  for (const auto& [id, names] : open) EXPECT_TRUE(names.empty()) << id;
}

/// Whether `value` is of a type that the schema of a member allows.
bool fits(const boost::json::value& value, const boost::json::object& schema) {
  if (!schema.contains("type")) return true;
  const auto is = [&value](const boost::json::value& type) {
    return (type == "string" && value.is_string()) || (type == "boolean" && value.is_bool()) ||
           (type == "integer" && value.is_int64()) || (type == "number" && value.is_number()) ||
           (type == "object" && value.is_object()) || (type == "array" && value.is_array()) ||
           (type == "null" && value.is_null());
  };
  const boost::json::value& type = schema.at("type");
  if (!type.is_array()) return is(type);
  return std::any_of(type.as_array().begin(), type.as_array().end(), is);
}

void expect_as_described(const boost::json::object& object, const boost::json::object& schema) {
  const boost::json::object& members = schema.at("properties").as_object();
  std::set<std::string> required;
  for (const auto& name : schema.at("required").as_array()) {
    required.insert(name.as_string().c_str());
  }
  std::set<std::string> described;
  for (const auto& [name, member] : members) described.insert(std::string(name));
  EXPECT_EQ(described, required);
  std::set<std::string> found;
  for (const auto& [name, value] : object) {
    found.insert(std::string(name));
    ASSERT_TRUE(members.contains(name)) << name << " is not described";
    EXPECT_TRUE(fits(value, members.at(name).as_object())) << name << ": " << value;
  }
  EXPECT_EQ(found, required);
}

TEST(CrawlReportJson, IsAsItsSchemaInDocsDescribesIt) {
  std::ifstream file(REPOSITORY "/docs/report.schema.json");
  std::stringstream text;
  text << file.rdbuf();
  const boost::json::object schema = boost::json::parse(text.str()).as_object();
  const boost::json::object& members = schema.at("properties").as_object();
  const boost::json::object report = parsed(small_report());

  expect_as_described(report, schema);
  expect_as_described(report.at("selector").as_object(), members.at("selector").as_object());
  for (const auto& page : report.at("pages").as_array()) {
    expect_as_described(page.as_object(), members.at("pages").at("items").as_object());
  }
  boost::json::array names;
  for (int i = 1; i <= static_cast<int>(CrawlError::internal_error); ++i) {
    names.emplace_back(error_name(static_cast<CrawlError>(i)));
  }
  EXPECT_EQ(schema.at("$defs").at("error").at("enum"), names);
}

}  // namespace
}  // namespace common
