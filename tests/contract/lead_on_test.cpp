// Answers that lead on, and those that lead astray: redirects and links, against every crawler.
// Each URL ends with its one outcome, and no link can make a page fail.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "common/crawl/crawl_error.h"
#include "crawlers.h"
#include "leftovers.h"
#include "raw_server.h"

namespace {

using common::Clock;
using common::CrawlError;
using common::CrawlJob;
using common::PageResult;
using std::chrono::seconds;
using namespace std::string_literals;

const std::string start = "/a/b";

struct Site {
  std::string name;
  std::map<std::string, std::string> answers;   // by what is asked for; everything else is a 404
  std::map<std::string, std::string> outcomes;  // of each URL, as `outcome_of` tells them
};

void PrintTo(const Site& site, std::ostream* out) { *out << site.name; }

// "302 -> /new", "200", "200, 1 followed, 2 skipped", "redirect_loop -> /a/b"
std::string outcome_of(const PageResult& page) {
  std::string text = page.error ? error_name(static_cast<CrawlError>(page.error.value()))
                                : std::to_string(page.status);
  if (!page.next_url.empty()) text += " -> " + page.next_url;
  if (page.links + page.skipped_links > 0) {
    text += ", " + std::to_string(page.new_links) + " followed, " +
            std::to_string(page.skipped_links) + " skipped";
  }
  return text;
}

std::string redirect(const std::string& field) {
  return "HTTP/1.1 302 Found\r\n" + field + "Content-Length: 0\r\n\r\n";
}
std::string redirect_to(const std::string& target) {
  return redirect("Location: " + target + "\r\n");
}

std::string html(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}
std::string page_with(const std::vector<std::string>& hrefs) {
  std::string body = "<!doctype html><title>A page</title>";
  for (const auto& href : hrefs) body += "<a href='" + href + "'>somewhere</a>\n";
  return html(body);
}

Site chain_of_redirects(int hops) {
  Site site{.name = "TooManyRedirects", .answers = {{start, redirect_to("/1")}}, .outcomes = {}};
  for (int i = 1; i < hops + 5; ++i) {
    site.answers["/" + std::to_string(i)] = redirect_to("/" + std::to_string(i + 1));
  }
  site.outcomes[start] = "302 -> /1";
  for (int i = 1; i < hops; ++i) {
    site.outcomes["/" + std::to_string(i)] = "302 -> /" + std::to_string(i + 1);
  }
  site.outcomes["/" + std::to_string(hops)] = "too_many_redirects -> /" + std::to_string(hops + 1);
  return site;
}

std::vector<Site> all_sites() {
  const std::string page = html("A page.");
  const std::string elsewhere = "http://127.0.0.1:1/";  // nobody is to knock there
  return {
      {"ARelativeRedirect",
       {{start, redirect_to("../c?d#e")}, {"/c?d", page}},
       {{start, "302 -> /c?d"}, {"/c?d", "200"}}},
      {"ARedirectLoop",
       {{start, redirect_to("/c")}, {"/c", redirect_to("/d")}, {"/d", redirect_to("/c")}},
       {{start, "302 -> /c"}, {"/c", "302 -> /d"}, {"/d", "redirect_loop -> /c"}}},
      {"ARedirectToItself", {{start, redirect_to("#here")}}, {{start, "redirect_loop -> /a/b"}}},
      {"ARedirectOffTheHost", {{start, redirect_to(elsewhere)}}, {{start, "302 -> " + elsewhere}}},
      {"ARedirectToHttps",
       {{start, redirect_to("https://127.0.0.1/")}},
       {{start, "302 -> https://127.0.0.1/"}}},
      {"ARedirectToAnotherScheme",
       {{start, redirect_to("ftp://127.0.0.1/")}},
       {{start, "unsupported_scheme"}}},
      {"ARedirectWithoutLocation", {{start, redirect("")}}, {{start, "bad_redirect"}}},
      // An empty reference is the page itself.
      {"ARedirectWithAnEmptyLocation",
       {{start, redirect("Location:\r\n")}},
       {{start, "redirect_loop -> /a/b"}}},
      {"ARedirectWithAnOversizedLocation",
       {{start, redirect_to("/" + std::string(20'000, 'x'))}},
       {{start, "bad_redirect"}}},
      {"ARedirectToNoUrl",
       {{start, redirect_to("http://127.0.0.1:65536/")}},
       {{start, "bad_redirect"}}},
      chain_of_redirects(10),
      // A browser would ask for these, too.
      {"HrefsWithControlBytes",
       {{start, page_with({"/\x01\x02x", "c\0d"s, "\x03 /e\x7f ", "/f\tg\r\nh"})},
        {"/%01%02x", page},
        {"/a/c%EF%BF%BDd", page},
        {"/e%7F", page},
        {"/fgh", page}},
       {{start, "200, 4 followed, 0 skipped"},
        {"/%01%02x", "200"},
        {"/a/c%EF%BF%BDd", "200"},
        {"/e%7F", "200"},
        {"/fgh", "200"}}},
      {"HrefsThatAreNoUtf8",
       {{start, page_with({"/\xff\xfe", "/\xc3", "http://\xff/", "/good"})}, {"/good", page}},
       {{start, "200, 3 followed, 1 skipped"},
        {"/%FF%FE", "404"},
        {"/%C3", "404"},
        {"/good", "200"}}},
      {"HrefsWithPortsAbove65535",
       {{start, page_with({"http://127.0.0.1:65536/", "//127.0.0.1:4294967376/",
                           "http://127.0.0.1:99999999999999999999/", "/good"})},
        {"/good", page}},
       {{start, "200, 1 followed, 3 skipped"}, {"/good", "200"}}},
      {"HrefsOfJavascript",
       {{start, page_with({"javascript:alert(1)", "JavaScript:void(0)", "/good"})},
        {"/good", page}},
       {{start, "200, 1 followed, 2 skipped"}, {"/good", "200"}}},
      {"HrefsOfMail",
       {{start, page_with({"mailto:a@b.example", "mailto:?subject=x", "/good"})}, {"/good", page}},
       {{start, "200, 1 followed, 2 skipped"}, {"/good", "200"}}},
      {"HrefsThatAreNothingAtAll",
       {{start, page_with({"http://", "http://[", "//", "data:text/html,x", "", "/good"})},
        {"/good", page}},
       {{start, "200, 1 followed, 4 skipped"}, {"/good", "200"}}},
  };
}

const std::vector<Site>& sites() {
  static const auto all = all_sites();
  return all;
}

class LeadOn : public testing::TestWithParam<std::tuple<Crawler, Site>> {};

TEST_P(LeadOn, EndsWithOneOutcomeForEachUrl) {
  const auto& [crawler, site] = GetParam();
  const Leftovers leftovers;
  const RawServer server([&answers = site.answers](const RawConnection& peer) {
    const auto answer = answers.find(peer.read_request());
    peer.send(answer != answers.end() ? answer->second
                                      : "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    peer.half_close();
    peer.wait_for_close();
  });
  CrawlJob job;
  job.urls = {server.url(start)};
  job.follow = true;
  const auto begin = Clock::now();
  const auto report = crawler.run(job);
  EXPECT_LT(Clock::now() - begin, seconds(10));

  std::map<std::string, std::string> outcomes;
  const auto without_host = [host = server.url("")](std::string text) {
    if (const auto at = text.find(host); at != std::string::npos) text.erase(at, host.size());
    return text;
  };
  for (const auto& page : report.pages) {
    outcomes[without_host(page.url)] = without_host(outcome_of(page));
    EXPECT_EQ(page.tries, 1) << page.url;
  }
  EXPECT_EQ(outcomes, site.outcomes);
  EXPECT_EQ(report.pages.size(), site.outcomes.size());
  EXPECT_THAT(report.remaining, testing::IsEmpty());
  EXPECT_EQ(report.selector.registered, report.selector.unregistered);
}

INSTANTIATE_TEST_SUITE_P(All, LeadOn,
                         testing::Combine(testing::ValuesIn(crawlers()),
                                          testing::ValuesIn(sites())),
                         [](const auto& info) {
                           return std::get<0>(info.param).name + "_" + std::get<1>(info.param).name;
                         });

}  // namespace
