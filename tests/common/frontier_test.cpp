// The Frontier with a list of URLs: what it hands out, what it waits for, what it reports.
#include "common/crawl/frontier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "common/crawl/crawl_error.h"
#include "common/crawl/interrupt.h"
#include "common/http/http_error.h"
#include "common/net/socket.h"
#include "tests/common/crawl_test_tools.h"

namespace common {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

CrawlJob job_for(std::vector<std::string> urls) {
  CrawlJob job;
  job.urls = std::move(urls);
  return job;
}

std::vector<std::string> numbered(std::size_t count) {
  std::vector<std::string> urls;
  for (std::size_t i = 0; i < count; ++i) urls.push_back("http://10.0.0.1/" + std::to_string(i));
  return urls;
}

TEST(Frontier, AttemptHasEverythingAFetchNeeds) {
  CrawlJob job = job_for({"http://10.0.0.1:8080/a?b=c"});
  job.max_body = 1234;
  Crawl crawl(job);
  const Attempt attempt = crawl.take("http://10.0.0.1:8080/a?b=c");
  EXPECT_EQ(attempt.address.to_string(), "10.0.0.1:8080");
  EXPECT_THAT(attempt.request, testing::StartsWith("GET /a?b=c HTTP/1.1\r\n"));
  EXPECT_THAT(attempt.request, HasSubstr("\r\nHost: 10.0.0.1:8080\r\n"));
  EXPECT_EQ(attempt.max_body, 1234U);
  ASSERT_NE(attempt.timing, nullptr);
}

TEST(Frontier, DeadlinesCountFromHandingOut) {
  CrawlJob job = job_for(numbered(2));
  job.timeout = seconds(30);
  job.connect_timeout = seconds(10);
  Crawl crawl(job);
  crawl.take();
  crawl.now += seconds(100);
  const Attempt attempt = crawl.take();
  EXPECT_EQ(attempt.timing->deadline, crawl.now + seconds(30));
  EXPECT_EQ(attempt.timing->connect_deadline, crawl.now + seconds(10));
}

TEST(Frontier, TakesATimeoutOfForeverForNoDeadline) {
  CrawlJob job = job_for(numbered(1));
  job.timeout = Duration::max();
  Crawl crawl(job);
  EXPECT_EQ(crawl.take().timing->deadline, TimePoint::max());
}

TEST(Frontier, HandsOutUrlsInTheOrderGivenAndEachOnce) {
  Crawl crawl(job_for({"http://10.0.0.1/b", "http://10.0.0.1/a", "HTTP://10.0.0.1:80/b#top",
                       "http://10.0.0.1/x/../a"}));
  crawl.fetch("http://10.0.0.1/b", response(200));
  crawl.fetch("http://10.0.0.1/a", response(200));
  EXPECT_TRUE(crawl.answers<Finished>());
}

TEST(Frontier, FinishesAtOnceWithoutUrls) {
  Crawl crawl(job_for({}));
  EXPECT_TRUE(crawl.answers<Finished>());
  const CrawlReport report = crawl.finish();
  EXPECT_THAT(report.pages, IsEmpty());
  EXPECT_EQ(report.exit_status(), 0);
}

TEST(Frontier, RefusesAStartUrlThatIsMalformedOrNotHttp) {
  EXPECT_THROW(Crawl(job_for({"http://10.0.0.1/", "http://a b/"})), std::invalid_argument);
  EXPECT_THROW(Crawl(job_for({"/path"})), std::invalid_argument);
  EXPECT_THROW(Crawl(job_for({"http://10.0.0.1/" + std::string(9000, 'x')})),
               std::invalid_argument);
  try {
    Crawl(job_for({"https://10.0.0.1/"}));
    FAIL() << "https was taken";
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), HasSubstr("https://10.0.0.1/"));
    EXPECT_THAT(error.what(), HasSubstr("only http://"));
  }
}

TEST(Frontier, NeverHasMoreInFlightThanTheCap) {
  CrawlJob job = job_for(numbered(5));
  job.concurrency = 2;
  Crawl crawl(job);
  const Attempt first = crawl.take();
  crawl.take();
  EXPECT_TRUE(crawl.answers<WaitForOne>());
  EXPECT_TRUE(crawl.answers<WaitForOne>());
  crawl.answer(first, response(200));
  crawl.take();
  EXPECT_TRUE(crawl.answers<WaitForOne>());
  EXPECT_EQ(crawl.finish().most_in_flight, 2U);
}

TEST(Frontier, AlwaysAllowsOneInFlight) {
  CrawlJob job = job_for(numbered(2));
  job.concurrency = 0;
  Crawl crawl(job);
  crawl.take();
  EXPECT_TRUE(crawl.answers<WaitForOne>());
}

TEST(Frontier, WaitsForTheLastOnesAndThenFinishes) {
  Crawl crawl(job_for(numbered(2)));
  const Attempt first = crawl.take();
  const Attempt second = crawl.take();
  EXPECT_TRUE(crawl.answers<WaitForOne>());
  crawl.answer(second, response(200));
  EXPECT_TRUE(crawl.answers<WaitForOne>());
  crawl.answer(first, response(200));
  EXPECT_TRUE(crawl.answers<Finished>());
}

TEST(Frontier, RefusesAnUnknownAttempt) {
  Crawl crawl(job_for(numbered(1)));
  const Attempt attempt = crawl.take();
  crawl.answer(attempt, response(200));
  EXPECT_THROW(crawl.report(attempt, response(200)), std::logic_error);
  EXPECT_EQ(crawl.finish().fetched(), 1U);
}

TEST(Frontier, GivesEachUrlOneResultSortedByUrl) {
  Crawl crawl(job_for({"http://10.0.0.1/b", "http://10.0.0.1/a"}));
  Response with_encoding = response(200, "12345", "text/css");
  with_encoding.content_encoding = "gzip";
  crawl.fetch("http://10.0.0.1/b", with_encoding);
  crawl.fetch("http://10.0.0.1/a", response(404, "gone"));
  const CrawlReport report = crawl.finish();
  EXPECT_THAT(urls_of(report), ElementsAre("http://10.0.0.1/a", "http://10.0.0.1/b"));
  const PageResult page = result_of(report, "http://10.0.0.1/b");
  EXPECT_TRUE(page.fetched());
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.content_type, "text/css");
  EXPECT_EQ(page.content_encoding, "gzip");
  EXPECT_EQ(page.header_bytes, 100U);
  EXPECT_EQ(page.body_bytes, 5U);
  EXPECT_EQ(page.tries, 1U);
  EXPECT_EQ(page.address.value().to_string(), "10.0.0.1:80");
  EXPECT_EQ(page.message(), "");
  EXPECT_TRUE(result_of(report, "http://10.0.0.1/a").fetched()) << "a 404 is a fetched page";
}

TEST(Frontier, PageTimesUseTheCrawlsClock) {
  Crawl crawl(job_for(numbered(2)));
  const Attempt first = crawl.take();
  crawl.now += milliseconds(10);
  const Attempt second = crawl.take();
  second.timing->connecting = crawl.now + milliseconds(1);
  second.timing->connected = crawl.now + milliseconds(2);
  second.timing->sent = crawl.now + milliseconds(3);
  crawl.now += milliseconds(5);
  crawl.report(second, Outcome(error(std::errc::bad_file_descriptor)));
  crawl.report(first, response(200));
  const CrawlReport report = crawl.finish();
  const PageResult page = result_of(report, "http://10.0.0.1/1");
  EXPECT_EQ(page.queued, milliseconds(0));
  EXPECT_EQ(page.connecting, milliseconds(11));
  EXPECT_EQ(page.connected, milliseconds(12));
  EXPECT_EQ(page.sent, milliseconds(13));
  EXPECT_EQ(page.first_byte, std::nullopt);
  EXPECT_EQ(page.done, milliseconds(15));
  EXPECT_EQ(page.own_time(), milliseconds(4));
  EXPECT_EQ(result_of(report, "http://10.0.0.1/0").own_time(), std::nullopt);
}

TEST(Frontier, ElapsedSpansFirstAttemptToLastResult) {
  Crawl crawl(job_for(numbered(2)));
  crawl.now += seconds(5);
  const Attempt first = crawl.take();
  const Attempt second = crawl.take();
  crawl.now += milliseconds(100);
  crawl.answer(first, response(200));
  crawl.now += milliseconds(20);
  crawl.answer(second, response(200));
  crawl.now += seconds(5);
  EXPECT_TRUE(crawl.answers<Finished>());
  EXPECT_EQ(crawl.finish().elapsed, milliseconds(120));
}

struct ErrorCase {
  std::error_code code;
  bool connected;
  CrawlError error;
  std::string message;
};

TEST(Frontier, ExplainsWhyAPageFailed) {
  const std::vector<ErrorCase> cases = {
      {error(std::errc::connection_refused), false, CrawlError::connection_refused,
       "connecting to 10.0.0.1:80: connection refused"},
      {error(std::errc::network_unreachable), false, CrawlError::unreachable,
       "connecting to 10.0.0.1:80: Network is unreachable"},
      {error(std::errc::timed_out), false, CrawlError::connect_timed_out,
       "connecting to 10.0.0.1:80: not connected within 10 s"},
      {error(std::errc::timed_out), true, CrawlError::timed_out,
       "reading from 10.0.0.1:80: no complete answer within 30 s"},
      {error(std::errc::connection_reset), true, CrawlError::connection_reset,
       "reading from 10.0.0.1:80: the server reset the connection"},
      {HttpError::closed_early, true, CrawlError::closed_early,
       "reading from 10.0.0.1:80: the server closed the connection before the answer was complete"},
      {HttpError::bad_response, true, CrawlError::bad_response, "the answer is not valid HTTP"},
      {HttpError::body_too_large, true, CrawlError::body_too_large,
       "the answer's body is larger than 16 MiB"},
      {error(std::errc::bad_file_descriptor), true, CrawlError::internal_error,
       "Bad file descriptor"},
  };
  for (const ErrorCase& each : cases) {
    CrawlJob job = job_for({"http://10.0.0.1/"});
    job.max_tries = 1;
    Crawl crawl(job);
    const Attempt attempt = crawl.take();
    attempt.timing->connecting = crawl.now;
    if (each.connected) attempt.timing->connected = crawl.now;
    crawl.report(attempt, each.code);
    EXPECT_TRUE(crawl.answers<Finished>());
    const CrawlReport report = crawl.finish();
    const PageResult page = result_of(report, "http://10.0.0.1/");
    EXPECT_EQ(page.error, each.error) << page.error.message();
    EXPECT_EQ(page.message(), each.message);
    EXPECT_FALSE(page.fetched());
    EXPECT_EQ(page.status, 0);
    EXPECT_EQ(report.exit_status(), 1);
  }
}

TEST(Frontier, ProgressIsReportedBeforeReportReturns) {
  CrawlJob job = job_for({"http://10.0.0.1/a", "http://10.0.0.1/b"});
  job.max_tries = 1;
  std::vector<std::string> told;
  job.on_page = [&told](const PageResult& page, const Response& response) {
    told.push_back(page.url + " " + std::to_string(page.status) + " " + response.body);
    EXPECT_TRUE(page.done);
  };
  Crawl crawl(job);
  crawl.fetch("http://10.0.0.1/a", response(404, "no such page"));
  EXPECT_THAT(told, ElementsAre("http://10.0.0.1/a 404 no such page"));
  crawl.report(crawl.take(), Outcome(error(std::errc::connection_refused)));
  EXPECT_EQ(told.size(), 1U) << "there was no page to tell of";
}

TEST(Frontier, ThrowingProgressEndsTheCrawlWithThatError) {
  CrawlJob job = job_for({"http://10.0.0.1/", "http://10.0.0.2/", "http://10.0.0.3/"});
  int calls = 0;
  job.on_progress = [&](const CrawlProgress&) {
    throw std::runtime_error("call " + std::to_string(++calls));
  };
  Crawl crawl(job);
  const Attempt first = crawl.take();
  const Attempt second = crawl.take();
  EXPECT_FALSE(is_readable(crawl.frontier.wakeup_fd()));
  EXPECT_GT(second.timing->current_deadline(), crawl.now);

  crawl.answer(first, response(200));
  EXPECT_TRUE(is_readable(crawl.frontier.wakeup_fd())) << "whoever waits learns of it";
  EXPECT_TRUE(crawl.answers<Finished>());
  EXPECT_TRUE(crawl.answers<Finished>());
  EXPECT_TRUE(is_readable(crawl.frontier.wakeup_fd()));
  EXPECT_LT(second.timing->current_deadline(), crawl.now)
      << "and nobody waits for what is under way";
  crawl.report(second, response(200));
  EXPECT_EQ(calls, 1);
  try {
    crawl.finish();
    FAIL() << "nothing was thrown";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "call 1");
  }
}

TEST(Frontier, FailingToStartALookupEndsTheCrawl) {
  Crawl crawl(job_for({"http://10.0.0.1/", "http://one/", "http://10.0.0.2/"}), [](auto&&...) {
    throw std::system_error(error(std::errc::resource_unavailable_try_again));
  });
  const Attempt first = crawl.take("http://10.0.0.1/");
  EXPECT_TRUE(crawl.answers<Finished>());
  EXPECT_TRUE(is_readable(crawl.frontier.wakeup_fd()));
  crawl.answer(first, response(200));
  EXPECT_TRUE(crawl.answers<Finished>());
  EXPECT_THROW(crawl.finish(), std::system_error);
}

TEST(Frontier, ThrowingPageCallbackFailsOnlyItsPage) {
  CrawlJob job = job_for(numbered(3));
  job.on_page = [](const PageResult& page, const Response&) {
    if (page.url.ends_with("/0")) throw std::runtime_error("the disk is full");
    if (page.url.ends_with("/1")) throw 42;
  };
  Crawl crawl(job);
  for (const std::string& url : numbered(3)) crawl.fetch(url, response(200));
  EXPECT_TRUE(crawl.answers<Finished>());
  const CrawlReport report = crawl.finish();
  EXPECT_EQ(result_of(report, "http://10.0.0.1/0").error, CrawlError::internal_error);
  EXPECT_EQ(result_of(report, "http://10.0.0.1/0").message(), "the disk is full");
  EXPECT_EQ(result_of(report, "http://10.0.0.1/1").error, CrawlError::internal_error);
  EXPECT_TRUE(result_of(report, "http://10.0.0.1/2").fetched());
}

TEST(Frontier, ReportsItsProgress) {
  CrawlJob job = job_for(numbered(5));
  job.concurrency = 2;
  job.max_tries = 1;
  CrawlProgress last;
  job.on_progress = [&last](const CrawlProgress& progress) { last = progress; };
  Crawl crawl(job);
  const Attempt first = crawl.take();
  crawl.take();
  crawl.answer(first, response(200));
  EXPECT_EQ(last.fetched, 1U);
  EXPECT_EQ(last.failed, 0U);
  EXPECT_EQ(last.in_flight, 1U);
  EXPECT_EQ(last.queued, 3U);
  crawl.report(crawl.take(), Outcome(error(std::errc::connection_refused)));
  EXPECT_EQ(last.failed, 1U);
  EXPECT_EQ(last.queued, 2U);
}

TEST(Frontier, StopsAtThePageLimitAndListsTheRest) {
  CrawlJob job = job_for(numbered(5));
  job.max_pages = 2;
  Crawl crawl(job);
  const Attempt first = crawl.take();
  const Attempt second = crawl.take();
  EXPECT_TRUE(crawl.answers<WaitForOne>());
  crawl.answer(second, response(200));
  crawl.answer(first, response(200));
  EXPECT_TRUE(crawl.answers<Finished>());
  const CrawlReport report = crawl.finish();
  EXPECT_THAT(urls_of(report), ElementsAre("http://10.0.0.1/0", "http://10.0.0.1/1"));
  EXPECT_THAT(report.remaining,
              ElementsAre("http://10.0.0.1/2", "http://10.0.0.1/3", "http://10.0.0.1/4"));
  EXPECT_FALSE(report.interrupted);
  EXPECT_EQ(report.exit_status(), 0);
}

class InterruptedFrontier : public testing::Test {
 protected:
  CrawlJob job() {
    CrawlJob job = job_for(numbered(4));
    job.concurrency = 2;
    job.interrupt = &interrupt_;
    return job;
  }
  Interrupt interrupt_;
};

TEST_F(InterruptedFrontier, FinishesAtOnceAndAccountsForEveryUrl) {
  Crawl crawl(job());
  crawl.fetch("http://10.0.0.1/0", response(200));
  crawl.take();
  crawl.now += milliseconds(50);
  interrupt_.request();
  EXPECT_TRUE(is_readable(crawl.frontier.wakeup_fd()));
  EXPECT_TRUE(crawl.answers<Finished>());
  EXPECT_TRUE(crawl.answers<Finished>());
  const CrawlReport report = crawl.finish();
  EXPECT_THAT(urls_of(report), ElementsAre("http://10.0.0.1/0", "http://10.0.0.1/1"));
  const PageResult page = result_of(report, "http://10.0.0.1/1");
  EXPECT_EQ(page.error, CrawlError::interrupted);
  EXPECT_EQ(page.done, milliseconds(50));
  EXPECT_THAT(report.remaining, ElementsAre("http://10.0.0.1/2", "http://10.0.0.1/3"));
  EXPECT_TRUE(report.interrupted);
  EXPECT_EQ(report.exit_status(), 130);
}

TEST_F(InterruptedFrontier, StillTakesTheOutcomesOfWhatWasInFlight) {
  Crawl crawl(job());
  const Attempt first = crawl.take();
  const Attempt second = crawl.take();
  interrupt_.request();
  crawl.answer(first, response(200));
  EXPECT_TRUE(crawl.answers<Finished>());
  // The flag makes all deadlines pass, and it is told as a timeout; nobody is to try again.
  EXPECT_EQ(second.timing->current_deadline(), TimePoint{});
  crawl.report(second, Outcome(timed_out()));
  const CrawlReport report = crawl.finish();
  EXPECT_TRUE(result_of(report, "http://10.0.0.1/0").fetched());
  EXPECT_EQ(result_of(report, "http://10.0.0.1/1").error, CrawlError::interrupted);
}

TEST_F(InterruptedFrontier, HandsOutNothingIfTheInterruptCameFirst) {
  interrupt_.request();
  Crawl crawl(job());
  EXPECT_TRUE(crawl.answers<Finished>());
  EXPECT_EQ(crawl.finish().remaining.size(), 4U);
}

TEST_F(InterruptedFrontier, WakeupStaysReadableForAllWaiters) {
  Crawl crawl(job());
  crawl.take();
  interrupt_.request();
  EXPECT_TRUE(crawl.answers<Finished>());
  EXPECT_TRUE(is_readable(crawl.frontier.wakeup_fd()));
}

TEST(FrontierInterrupt, InterruptAtAnyTimeLeavesTheWakeupReadable) {
  CrawlJob job = job_for(numbered(1));
  for (int i = 0; i < 100; ++i) {
    Interrupt interrupt;
    job.interrupt = &interrupt;
    Crawl crawl(job);
    crawl.take();
    std::atomic<bool> asking = false;
    std::thread elsewhere([&] {
      while (!asking.load()) continue;
      interrupt.request();
    });
    asking = true;
    while (!crawl.answers<Finished>()) continue;
    elsewhere.join();
    ASSERT_TRUE(is_readable(crawl.frontier.wakeup_fd())) << "in round " << i;
  }
}

TEST_F(InterruptedFrontier, DestroyedFrontierIsNotWoken) {
  {
    Crawl crawl(job());
  }
  interrupt_.request();  // under the sanitizers: touches nothing of it
  EXPECT_TRUE(interrupt_.requested());
}

TEST(Frontier, UnreportedAttemptsCountAsInterrupted) {
  Crawl crawl(job_for(numbered(1)));
  crawl.take();
  const CrawlReport report = crawl.finish();
  EXPECT_EQ(result_of(report, "http://10.0.0.1/0").error, CrawlError::interrupted);
  EXPECT_FALSE(report.interrupted) << "nobody asked for it";
  EXPECT_EQ(report.exit_status(), 1);
}

TEST(Frontier, HandlesAHundredThousandUrls) {
  CrawlJob job = job_for(numbered(100'000));
  job.max_pages = 100'000;
  Crawl crawl(job);
  for (;;) {
    Next next = crawl.next();
    if (std::holds_alternative<Finished>(next)) break;
    crawl.answer(std::get<Attempt>(next), response(200));
  }
  EXPECT_EQ(crawl.finish().fetched(), 100'000U);
}

}  // namespace
}  // namespace common
