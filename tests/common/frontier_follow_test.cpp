// The Frontier and what pages say: links to follow, redirects to obey, and neither in a circle.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <set>
#include <stdexcept>

#include "common/crawl/crawl_error.h"
#include "common/crawl/frontier.h"
#include "common/crawl/page_table.h"
#include "tests/common/crawl_test_tools.h"

namespace common {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string site = "http://10.0.0.1";

CrawlJob job_from(std::vector<std::string> paths) {
  CrawlJob job;
  for (const std::string& path : paths) job.urls.push_back(site + path);
  return job;
}

CrawlJob following(std::vector<std::string> paths) {
  CrawlJob job = job_from(std::move(paths));
  job.follow = true;
  return job;
}

TEST(FrontierLinks, AreFollowedBreadthFirstAndEachOnce) {
  Crawl crawl(following({"/"}));
  crawl.fetch(site + "/", page_with({"/a", "/b", "/a#part", "/"}));
  crawl.fetch(site + "/a", page_with({"/a/1", "/a/2", "/b"}));
  crawl.fetch(site + "/b", page_with({"/b/1", "/a/1"}));
  crawl.fetch(site + "/a/1", page_with({}));
  crawl.fetch(site + "/a/2", page_with({}));
  crawl.fetch(site + "/b/1", page_with({}));
  EXPECT_TRUE(crawl.answers<Finished>());
  const CrawlReport report = crawl.finish();
  EXPECT_EQ(report.pages.size(), 6U);
  EXPECT_EQ(result_of(report, site + "/").links, 3U);
  EXPECT_EQ(result_of(report, site + "/").new_links, 2U);
  EXPECT_EQ(result_of(report, site + "/b").links, 2U);
  EXPECT_EQ(result_of(report, site + "/b").new_links, 1U);
}

TEST(FrontierLinks, AreLeftAloneUnlessAskedFor) {
  Crawl crawl(job_from({"/"}));
  crawl.fetch(site + "/", page_with({"/a"}));
  EXPECT_TRUE(crawl.answers<Finished>());
  EXPECT_EQ(result_of(crawl.finish(), site + "/").links, 0U);
}

TEST(FrontierLinks, OtherHostsPortsAndSchemesAreOnlyCounted) {
  Crawl crawl(following({"/"}));
  crawl.fetch(site + "/", page_with({"http://10.0.0.2/", "http://10.0.0.1:8080/",
                                     "https://10.0.0.1:80/", "http://other/"}));
  EXPECT_TRUE(crawl.answers<Finished>());
  const CrawlReport report = crawl.finish();
  EXPECT_EQ(report.pages.size(), 1U);
  EXPECT_TRUE(report.remaining.empty());
  EXPECT_EQ(result_of(report, site + "/").links, 4U);
  EXPECT_EQ(result_of(report, site + "/").new_links, 0U);
}

TEST(FrontierLinks, LeadFromEachStartHostToTheOthers) {
  CrawlJob job;
  job.urls = {"http://10.0.0.1/", "http://10.0.0.2:81/"};
  job.follow = true;
  Crawl crawl(job);
  crawl.fetch("http://10.0.0.1/", page_with({"http://10.0.0.2:81/a", "http://10.0.0.2/a"}));
  crawl.fetch("http://10.0.0.2:81/", page_with({}));
  crawl.fetch("http://10.0.0.2:81/a", page_with({}));
  EXPECT_TRUE(crawl.answers<Finished>());
}

TEST(FrontierLinks, CountAHostWithAndWithoutWwwAsOne) {
  CrawlJob job;
  job.urls = {"http://host/"};
  job.follow = true;
  FakeLookups lookups;
  Crawl crawl(job, lookups.lookup());
  crawl.next();
  lookups.answer("host", {"10.0.0.1"});
  crawl.fetch("http://host/", page_with({"http://www.host/a", "http://www.www.host/b"}));
  crawl.next();
  lookups.answer("www.host", {"10.0.0.1"});
  crawl.fetch("http://www.host/a", page_with({"http://host/c"}));
  crawl.fetch("http://host/c", page_with({}));
  EXPECT_TRUE(crawl.answers<Finished>());
}

TEST(FrontierLinks, ExcludedLinksAreNotFollowedButStartUrlsAre) {
  CrawlJob job = following({"/private/"});
  job.exclude = {"/private/", "\\.pdf$"};
  Crawl crawl(job);
  crawl.fetch(site + "/private/", page_with({"/private/a", "/b.pdf", "/b.pdf?page=1", "/c"}));
  crawl.fetch(site + "/b.pdf?page=1", page_with({}));
  crawl.fetch(site + "/c", redirect_to("/private/d"));
  EXPECT_TRUE(crawl.answers<Finished>());
  const CrawlReport report = crawl.finish();
  EXPECT_EQ(result_of(report, site + "/private/").links, 4U);
  EXPECT_EQ(result_of(report, site + "/private/").new_links, 2U);
  EXPECT_EQ(result_of(report, site + "/c").next_url, site + "/private/d");
}

TEST(FrontierLinks, AreExcludedByRegularExpressionsThatAreChecked) {
  CrawlJob job = following({"/"});
  job.exclude = {"fine", "("};
  try {
    Crawl crawl(job);
    FAIL() << "took '(' for a regular expression";
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), HasSubstr("'(' is not a regular expression"));
  }
}

TEST(FrontierLinks, LongestAllowedUrlCanBeExcluded) {
  CrawlJob job = following({"/"});
  job.exclude = {"^(.|/)*y$"};  // a matcher that recurses would overflow the stack
  Crawl crawl(job);
  crawl.fetch(site + "/", page_with({"/" + std::string(8000, 'x') + "y"}));
  EXPECT_TRUE(crawl.answers<Finished>());
}

TEST(FrontierLinks, ExclusionThatFailsOnlyFailsItsPage) {
  CrawlJob job = following({"/", "/other"});
  job.exclude = {"^(.+)+(.+)+(.+)+$\\d"};  // takes for ever, and gives up before
  Crawl crawl(job);
  crawl.fetch(site + "/", page_with({"/" + std::string(2000, 'a')}));
  crawl.fetch(site + "/other", page_with({}));
  EXPECT_TRUE(crawl.answers<Finished>());
  const CrawlReport report = crawl.finish();
  EXPECT_EQ(result_of(report, site + "/").error, CrawlError::internal_error);
  EXPECT_THAT(result_of(report, site + "/").message(), HasSubstr("complexity"));
  EXPECT_TRUE(result_of(report, site + "/other").fetched());
}

TEST(FrontierLinks, UnfetchableLinksAreCountedAsSkipped) {
  Crawl crawl(following({"/"}));
  crawl.fetch(site + "/", page_with({"mailto:a@b", "javascript:void(0)", "http://host:99999/",
                                     "/" + std::string(9000, 'x'), "/fine"}));
  crawl.fetch(site + "/fine", page_with({}));
  EXPECT_TRUE(crawl.answers<Finished>());
  const CrawlReport report = crawl.finish();
  EXPECT_EQ(result_of(report, site + "/").skipped_links, 4U);
  EXPECT_EQ(result_of(report, site + "/").links, 1U);
  EXPECT_EQ(report.failed(), 0U);
}

TEST(FrontierLinks, AreThoseOfHtmlAnsweredWith200) {
  Response text = page_with({"/text"});
  text.content_type = "text/plain";
  Response missing = page_with({"/missing"});
  missing.status = 404;
  Response packed = page_with({"/packed"});
  packed.content_encoding = "gzip";
  Response plain = page_with({"/plain"});
  plain.content_type = "Text/HTML ; charset=utf-8";
  plain.content_encoding = "Identity";
  Response xhtml = page_with({"/xhtml"});
  xhtml.content_type = "application/xhtml+xml";

  Crawl crawl(following({"/1", "/2", "/3", "/4", "/5"}));
  crawl.fetch(site + "/1", text);
  crawl.fetch(site + "/2", missing);
  crawl.fetch(site + "/3", packed);
  crawl.fetch(site + "/4", plain);
  crawl.fetch(site + "/5", xhtml);
  crawl.fetch(site + "/plain", page_with({}));
  crawl.fetch(site + "/xhtml", page_with({}));
  EXPECT_TRUE(crawl.answers<Finished>());
  const CrawlReport report = crawl.finish();
  EXPECT_EQ(report.failed(), 0U);
  EXPECT_EQ(result_of(report, site + "/3").note, "its links are not known: it is packed as gzip");
  EXPECT_EQ(result_of(report, site + "/4").note, "");
  EXPECT_THAT(to_text(report), HasSubstr("/3  its links are not known: it is packed as gzip\n"));
}

TEST(FrontierLinks, FalselyLabelledAsPackedStillHasLinks) {
  for (const char* encoding :
       {"utf-8", "UTF-8", "none", "identity", "binary", "8bit", "text/html", ","}) {
    Response page = page_with({"/found"});
    page.content_encoding = encoding;
    Crawl crawl(following({"/"}));
    crawl.fetch(site + "/", page);
    crawl.fetch(site + "/found", page_with({}));
    EXPECT_EQ(crawl.finish().fetched(), 2U) << encoding;
  }
  for (const char* encoding :
       {"gzip", "X-GZip", "br", "zstd", "deflate", "identity, gzip", "utf-8,br"}) {
    Response page = page_with({"/lost"});
    page.content_encoding = encoding;
    Crawl crawl(following({"/"}));
    crawl.fetch(site + "/", page);
    EXPECT_TRUE(crawl.answers<Finished>()) << encoding;
    EXPECT_THAT(result_of(crawl.finish(), site + "/").note, HasSubstr(encoding));
  }
}

TEST(FrontierLinks, GivingUpOnAPageIsReported) {
  Response page = page_with({"/lost"});
  for (int i = 0; i < 200'000; ++i) page.body += "<div>";
  Crawl crawl(following({"/"}));
  crawl.fetch(site + "/", page);
  EXPECT_EQ(result_of(crawl.finish(), site + "/").note,
            "its links are not known: reading it takes too long");
}

TEST(FrontierLinks, BeyondTheLimitOfPagesAreListedAsRemaining) {
  CrawlJob job = following({"/"});
  job.max_pages = 2;
  Crawl crawl(job);
  crawl.fetch(site + "/", page_with({"/b", "/a", "/c"}));
  crawl.fetch(site + "/b", page_with({"/d"}));
  EXPECT_TRUE(crawl.answers<Finished>());
  EXPECT_THAT(crawl.finish().remaining, ElementsAre(site + "/a", site + "/c", site + "/d"));
}

TEST(FrontierRedirects, AreFollowedWithoutBeingAskedToFollowLinks) {
  for (const int status : {301, 302, 303, 307, 308}) {
    Crawl crawl(job_from({"/old/page"}));
    crawl.fetch(site + "/old/page", redirect_to("../new?x#here", status));
    crawl.fetch(site + "/new?x", response(200));
    EXPECT_TRUE(crawl.answers<Finished>());
    const CrawlReport report = crawl.finish();
    const PageResult hop = result_of(report, site + "/old/page");
    EXPECT_TRUE(hop.fetched());
    EXPECT_EQ(hop.status, status);
    EXPECT_EQ(hop.next_url, site + "/new?x");
    EXPECT_EQ(result_of(report, site + "/new?x").status, 200);
  }
}

TEST(FrontierRedirects, OtherStatusesAreNotRedirects) {
  for (const int status : {200, 201, 300, 304, 305}) {
    Crawl crawl(job_from({"/"}));
    crawl.fetch(site + "/", redirect_to("/new", status));
    EXPECT_TRUE(crawl.answers<Finished>()) << status;
    EXPECT_EQ(result_of(crawl.finish(), site + "/").next_url, "");
  }
}

TEST(FrontierRedirects, OffHostRedirectIsNamedAndNotFollowed) {
  for (const std::string target :
       {"http://10.0.0.2/", "https://10.0.0.1/", "https://10.0.0.1:80/", "//10.0.0.1:81/"}) {
    Crawl crawl(job_from({"/"}));
    crawl.fetch(site + "/", redirect_to(target));
    EXPECT_TRUE(crawl.answers<Finished>());
    const CrawlReport report = crawl.finish();
    const PageResult page = result_of(report, site + "/");
    EXPECT_TRUE(page.fetched()) << page.message();
    EXPECT_THAT(page.next_url, HasSubstr("10.0.0."));
    EXPECT_EQ(report.pages.size(), 1U);
  }
}

PageResult redirected(Response redirect) {
  Crawl crawl(job_from({"/"}));
  crawl.fetch(site + "/", std::move(redirect));
  EXPECT_TRUE(crawl.answers<Finished>());
  return result_of(crawl.finish(), site + "/");
}

TEST(FrontierRedirects, MissingLocationFails) {
  const PageResult without = redirected(response(302));
  EXPECT_EQ(without.error, CrawlError::bad_redirect);
  EXPECT_EQ(without.message(), "redirected without a Location");
  EXPECT_EQ(without.status, 302);

  const PageResult malformed = redirected(redirect_to("http://host:99999/"));
  EXPECT_EQ(malformed.error, CrawlError::bad_redirect);
  EXPECT_THAT(malformed.message(), HasSubstr("http://host:99999/"));

  const PageResult too_long = redirected(redirect_to("/" + std::string(10000, 'x')));
  EXPECT_EQ(too_long.error, CrawlError::bad_redirect);
  EXPECT_EQ(too_long.message(), "redirected to a URL of more than 8 KiB");
  std::string detours = "/a";
  while (detours.size() < 10000) detours += "/./";
  EXPECT_EQ(redirected(redirect_to(detours)).error, CrawlError::bad_redirect);

  Response two = redirect_to("/a");
  two.locations_differ = true;
  const PageResult torn = redirected(two);
  EXPECT_EQ(torn.error, CrawlError::bad_redirect);
  EXPECT_EQ(torn.message(), "redirected to several places at once");

  const PageResult ftp = redirected(redirect_to("ftp://10.0.0.1/"));
  EXPECT_EQ(ftp.error, CrawlError::unsupported_scheme);
}

TEST(FrontierRedirects, RedirectToItselfIsALoop) {
  for (const char* location : {"/", "", "#top", "http://10.0.0.1:80/."}) {
    const PageResult page = redirected(redirect_to(location));
    EXPECT_EQ(page.error, CrawlError::redirect_loop) << location;
    EXPECT_EQ(page.next_url, site + "/");
  }
}

TEST(FrontierRedirects, LoopFailsOnlyItsLastHop) {
  Crawl crawl(job_from({"/in"}));
  crawl.fetch(site + "/in", redirect_to("/a"));
  crawl.fetch(site + "/a", redirect_to("/b"));
  crawl.fetch(site + "/b", redirect_to("/c"));
  crawl.fetch(site + "/c", redirect_to("/a"));
  EXPECT_TRUE(crawl.answers<Finished>());
  const CrawlReport report = crawl.finish();
  EXPECT_EQ(report.failed(), 1U);
  const PageResult last = result_of(report, site + "/c");
  EXPECT_EQ(last.error, CrawlError::redirect_loop);
  EXPECT_EQ(last.message(), "redirected to " + site + "/a, which leads back here");
}

TEST(FrontierRedirects, LoopIsFoundFromAnyEntry) {
  Crawl crawl(job_from({"/a", "/b", "/c"}));
  const Attempt a = crawl.take();
  const Attempt b = crawl.take();
  const Attempt c = crawl.take();
  crawl.answer(b, redirect_to("/c"));
  crawl.answer(a, redirect_to("/b"));
  crawl.answer(c, redirect_to("/a"));
  const CrawlReport report = crawl.finish();
  EXPECT_EQ(report.failed(), 1U);
  EXPECT_EQ(result_of(report, site + "/c").error, CrawlError::redirect_loop);
}

TEST(FrontierRedirects, KnownTargetIsNotFetchedAgain) {
  Crawl crawl(job_from({"/a", "/b"}));
  crawl.fetch(site + "/a", redirect_to("/b"));
  crawl.fetch(site + "/b", response(200));
  EXPECT_TRUE(crawl.answers<Finished>());
  EXPECT_EQ(crawl.finish().fetched(), 2U);
}

TEST(FrontierRedirects, ComeToAnEndAfterTheHopsAllowed) {
  CrawlJob job = job_from({"/0"});
  job.max_redirects = 3;
  Crawl crawl(job);
  for (int i = 0; i < 4; ++i) {
    crawl.fetch(site + "/" + std::to_string(i), redirect_to("/" + std::to_string(i + 1)));
  }
  EXPECT_TRUE(crawl.answers<Finished>());
  const CrawlReport report = crawl.finish();
  EXPECT_EQ(report.pages.size(), 4U);
  const PageResult last = result_of(report, site + "/3");
  EXPECT_EQ(last.error, CrawlError::too_many_redirects);
  EXPECT_EQ(last.message(), "redirected 4 times in a row, more than the limit of 3");
  EXPECT_EQ(last.next_url, site + "/4");
}

TEST(FrontierRedirects, ZeroAllowedRedirectsFailsTheFirst) {
  CrawlJob job = job_from({"/"});
  job.max_redirects = 0;
  Crawl crawl(job);
  crawl.fetch(site + "/", redirect_to("/a"));
  EXPECT_TRUE(crawl.answers<Finished>());
  EXPECT_EQ(result_of(crawl.finish(), site + "/").error, CrawlError::too_many_redirects);
}

TEST(FrontierRedirects, RingOfManyPagesFailsOnce) {
  constexpr int count = 20'000;
  std::vector<std::string> paths;
  for (int i = 0; i < count; ++i) paths.push_back("/" + std::to_string(i));
  CrawlJob job = job_from(paths);
  job.concurrency = count;
  job.max_pages = count;
  Crawl crawl(job);
  std::vector<Attempt> attempts;
  for (int i = 0; i < count; ++i) attempts.push_back(crawl.take());
  // The worst order: each redirect leads to the head of all that were met so far.
  for (int i = count - 1; i >= 0; --i) {
    crawl.answer(attempts[i], redirect_to("/" + std::to_string((i + 1) % count)));
  }
  EXPECT_TRUE(crawl.answers<Finished>());
  const CrawlReport report = crawl.finish();
  EXPECT_EQ(report.failed(), 1U);
  EXPECT_EQ(result_of(report, site + "/0").error, CrawlError::redirect_loop);
}

TEST(PageTable, SortsByTheWholeUrl) {
  std::vector<std::string> texts = {"http://a/", "http://a/x"};
  // What differs lies in the first eight characters after what is alike, behind them, or is that
  // one of two URLs ends there.
  for (const std::string begin :
       {"", "1", "12", "1234567", "12345678", "12345678/9", "~", "%C3%A9"}) {
    for (const std::string end : {"b", "a", "a/", "a/b", "abcdefgh", "abcdefg", "abcdefghi", "Z"}) {
      texts.push_back("http://a/" + begin + end);
    }
  }
  const auto sorted = [](const std::vector<std::string>& texts) {
    PageTable table;
    for (const std::string& text : texts) table.add(Url::parse(text));
    std::vector<std::string> urls;
    for (const Page* page : table.sorted()) urls.emplace_back(page->text());
    return urls;
  };
  const auto expect_sorted = [&] {
    const std::set<std::string> expected(texts.begin(), texts.end());
    EXPECT_EQ(sorted(texts), std::vector<std::string>(expected.begin(), expected.end()));
  };
  expect_sorted();
  texts.push_back("http://b.a/");  // less is alike
  expect_sorted();
  EXPECT_EQ(sorted({}), std::vector<std::string>());
  EXPECT_EQ(sorted({"http://a/"}), std::vector<std::string>{"http://a/"});
}

TEST(FrontierRedirects, LongChainsAreShortenedAsTheyAreFollowed) {
  std::deque<Page> pages;
  for (int i = 0; i < 5; ++i) pages.emplace_back(Url::parse(site + "/"));
  for (int i = 0; i < 4; ++i) pages[i].leads_to = &pages[i + 1];
  EXPECT_EQ(&end_of_redirects(pages[0]), &pages[4]);
  EXPECT_EQ(pages[0].leads_to, &pages[2]);
  EXPECT_EQ(&end_of_redirects(pages[0]), &pages[4]);
  EXPECT_EQ(pages[0].leads_to, &pages[4]);
  EXPECT_EQ(&end_of_redirects(pages[4]), &pages[4]);
}

}  // namespace
}  // namespace common
