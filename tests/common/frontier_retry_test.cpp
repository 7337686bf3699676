// The Frontier when things go wrong: another address, another try, fewer at once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/crawl/crawl_error.h"
#include "common/crawl/frontier.h"
#include "common/crawl/interrupt.h"
#include "common/http/http_error.h"
#include "tests/common/crawl_test_tools.h"

namespace common {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;

const std::error_code refused = error(std::errc::connection_refused);
const std::error_code reset = error(std::errc::connection_reset);
const std::error_code no_descriptor = error(std::errc::too_many_files_open);

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

/// Until when there is nothing to start, from now.
Duration pause_of(Crawl& crawl) {
  const Next next = crawl.next();
  const auto* wait = std::get_if<WaitUntil>(&next);
  if (!wait) {
    ADD_FAILURE() << "no pause";
    return {};
  }
  return wait->when - crawl.now;
}

TEST(FrontierRetry, TriesATransportErrorAgainAfterPausesThatGrow) {
  Crawl crawl(job_for(numbered(1)));
  for (const milliseconds pause : {milliseconds(100), milliseconds(200), milliseconds(400)}) {
    crawl.report(crawl.take(), refused);
    EXPECT_EQ(pause_of(crawl), pause);
    crawl.now += pause - milliseconds(1);
    EXPECT_EQ(pause_of(crawl), milliseconds(1));
    crawl.now += milliseconds(1);
  }
  crawl.report(crawl.take(), refused);
  EXPECT_TRUE(crawl.answers<Finished>());
  const CrawlReport report = crawl.finish();
  const PageResult page = result_of(report, "http://10.0.0.1/0");
  EXPECT_EQ(page.error, CrawlError::connection_refused);
  EXPECT_EQ(page.tries, 4U);
}

TEST(FrontierRetry, PausesNeverGrowPastFiveSeconds) {
  CrawlJob job = job_for(numbered(1));
  job.max_tries = 100;
  Crawl crawl(job);
  for (int i = 1; i < 100; ++i) {
    crawl.report(crawl.take(), refused);
    EXPECT_LE(pause_of(crawl), std::chrono::seconds(5));
    crawl.now += std::chrono::seconds(5);
  }
}

TEST(FrontierRetry, SuccessAfterRetriesIsOneResult) {
  Crawl crawl(job_for(numbered(1)));
  crawl.report(crawl.take(), reset);
  crawl.now += milliseconds(100);
  crawl.answer(crawl.take(), response(503));
  crawl.now += milliseconds(200);
  crawl.answer(crawl.take(), response(200, "here"));
  EXPECT_TRUE(crawl.answers<Finished>());
  const CrawlReport report = crawl.finish();
  const PageResult page = result_of(report, "http://10.0.0.1/0");
  EXPECT_TRUE(page.fetched());
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.tries, 3U);
  EXPECT_EQ(page.body_bytes, 4U);
  EXPECT_EQ(report.pages.size(), 1U);
}

TEST(FrontierRetry, AsksAgainAfterAStatusThatSaysNotNow) {
  for (const int status : {408, 429, 500, 502, 503, 504}) {
    CrawlJob job = job_for(numbered(1));
    job.max_tries = 2;
    int told = 0;
    job.on_page = [&told](const PageResult&, const Response&) { ++told; };
    Crawl crawl(job);
    crawl.answer(crawl.take(), response(status));
    EXPECT_EQ(pause_of(crawl), milliseconds(100)) << status;
    EXPECT_EQ(told, 0);
    crawl.now += milliseconds(100);
    crawl.answer(crawl.take(), response(status));
    EXPECT_TRUE(crawl.answers<Finished>());
    EXPECT_EQ(told, 1);
    const CrawlReport report = crawl.finish();
    EXPECT_EQ(result_of(report, "http://10.0.0.1/0").status, status);
    EXPECT_EQ(report.exit_status(), 0) << "after the last try it is a page like any other";
  }
}

TEST(FrontierRetry, TakesAnyOtherStatusAsItIs) {
  for (const int status : {200, 204, 304, 400, 403, 404, 410, 501, 505}) {
    Crawl crawl(job_for(numbered(1)));
    crawl.answer(crawl.take(), response(status));
    EXPECT_TRUE(crawl.answers<Finished>()) << status;
  }
}

TEST(FrontierRetry, DoesNotAskAgainForAnAnswerThatIsWrong) {
  for (const std::error_code& error :
       {make_error_code(HttpError::bad_response), make_error_code(HttpError::headers_too_large),
        make_error_code(HttpError::body_too_large), make_error_code(CrawlError::internal_error)}) {
    Crawl crawl(job_for(numbered(1)));
    const Attempt attempt = crawl.take();
    attempt.timing->connected = crawl.now;
    crawl.report(attempt, error);
    EXPECT_TRUE(crawl.answers<Finished>()) << error.message();
  }
}

TEST(FrontierRetry, PausesHoldUpNoOtherPage) {
  CrawlJob job = job_for(numbered(3));
  job.concurrency = 1;
  Crawl crawl(job);
  crawl.report(crawl.take("http://10.0.0.1/0"), refused);
  crawl.fetch("http://10.0.0.1/1", response(200));
  crawl.now += milliseconds(100);
  crawl.fetch("http://10.0.0.1/0", response(200));
  crawl.fetch("http://10.0.0.1/2", response(200));
  EXPECT_TRUE(crawl.answers<Finished>());
}

TEST(FrontierRetry, LeavesAPageThatPausesAsRemainingWhenInterrupted) {
  Interrupt interrupt;
  CrawlJob job = job_for(numbered(1));
  job.interrupt = &interrupt;
  Crawl crawl(job);
  crawl.report(crawl.take(), refused);
  interrupt.request();
  EXPECT_TRUE(crawl.answers<Finished>());
  const CrawlReport report = crawl.finish();
  EXPECT_TRUE(report.pages.empty());
  EXPECT_THAT(report.remaining, ElementsAre("http://10.0.0.1/0"));
}

class FrontierAddresses : public testing::Test {
 protected:
  Crawl& crawl(std::vector<std::string> urls, const std::vector<std::string>& addresses) {
    crawl_ = std::make_unique<Crawl>(job_for(std::move(urls)), lookups_.lookup());
    crawl_->next();
    lookups_.answer("host", addresses);
    return *crawl_;
  }

  FakeLookups lookups_;
  std::unique_ptr<Crawl> crawl_;
};

TEST_F(FrontierAddresses, TriesTheNextOneAtOnceAndCountsOneTry) {
  Crawl& crawl = this->crawl({"http://host/"}, {"10.0.0.1", "10.0.0.2", "10.0.0.3"});
  for (const char* address : {"10.0.0.1:80", "10.0.0.2:80"}) {
    const Attempt attempt = crawl.take();
    EXPECT_EQ(attempt.address.to_string(), address);
    crawl.report(attempt, refused);
  }
  const Attempt attempt = crawl.take();
  EXPECT_EQ(attempt.address.to_string(), "10.0.0.3:80");
  crawl.answer(attempt, response(200));
  const CrawlReport report = crawl.finish();
  const PageResult page = result_of(report, "http://host/");
  EXPECT_TRUE(page.fetched());
  EXPECT_EQ(page.tries, 1U);
  EXPECT_EQ(page.address.value().to_string(), "10.0.0.3:80");
}

TEST_F(FrontierAddresses, PausesWhenAllWereTriedAndThenTriesAllAgain) {
  Crawl& crawl = this->crawl({"http://host/"}, {"10.0.0.1", "10.0.0.2"});
  for (int tries = 1; tries <= 4; ++tries) {
    const Attempt first = crawl.take();
    EXPECT_EQ(first.address.to_string(), "10.0.0.1:80");
    crawl.report(first, refused);
    const Attempt second = crawl.take();
    EXPECT_EQ(second.address.to_string(), "10.0.0.2:80");
    crawl.report(second, refused);
    if (tries < 4) crawl.now += pause_of(crawl);
  }
  EXPECT_TRUE(crawl.answers<Finished>());
  EXPECT_EQ(result_of(crawl.finish(), "http://host/").tries, 4U);
}

TEST_F(FrontierAddresses, StaysWithTheOneThatAnswers) {
  Crawl& crawl =
      this->crawl({"http://host/a", "http://host/b", "http://host/c"}, {"10.0.0.1", "10.0.0.2"});
  crawl.report(crawl.take("http://host/a"), refused);
  crawl.fetch("http://host/a", response(200));
  const Attempt attempt = crawl.take("http://host/b");
  EXPECT_EQ(attempt.address.to_string(), "10.0.0.2:80");
  crawl.report(attempt, refused);
  EXPECT_EQ(crawl.take("http://host/b").address.to_string(), "10.0.0.1:80")
      << "and goes round to those before it";
}

TEST_F(FrontierAddresses, ServerErrorKeepsTheAddress) {
  Crawl& crawl = this->crawl({"http://host/"}, {"10.0.0.1", "10.0.0.2"});
  const Attempt attempt = crawl.take();
  attempt.timing->connected = crawl.now;
  crawl.report(attempt, reset);
  crawl.now += pause_of(crawl);
  EXPECT_EQ(crawl.take().address.to_string(), "10.0.0.1:80");
}

TEST(FrontierDescriptors, RunningOutLowersTheInFlightLimit) {
  CrawlJob job = job_for(numbered(4));
  job.concurrency = 4;
  Crawl crawl(job);
  const Attempt first = crawl.take();
  const Attempt second = crawl.take();
  crawl.report(crawl.take("http://10.0.0.1/2"), no_descriptor);
  EXPECT_TRUE(crawl.answers<WaitForOne>()) << "no pause, no spinning";
  crawl.answer(first, response(200));
  const Attempt again = crawl.take("http://10.0.0.1/2");
  EXPECT_TRUE(crawl.answers<WaitForOne>()) << "two is what there was room for";
  crawl.answer(second, response(200));
  crawl.answer(again, response(200));
  crawl.fetch("http://10.0.0.1/3", response(200));
  EXPECT_TRUE(crawl.answers<Finished>());
  const CrawlReport report = crawl.finish();
  EXPECT_EQ(report.fetched(), 4U);
  EXPECT_EQ(result_of(report, "http://10.0.0.1/2").tries, 1U) << "it had not been tried";
}

TEST(FrontierDescriptors, ManyFailuresLowerTheLimitStepByStep) {
  CrawlJob job = job_for(numbered(10));
  Crawl crawl(job);
  std::vector<Attempt> attempts;
  for (int i = 0; i < 10; ++i) attempts.push_back(crawl.take());
  for (int i = 3; i < 10; ++i) crawl.report(attempts[i], no_descriptor);
  EXPECT_TRUE(crawl.answers<WaitForOne>());
  for (int i = 0; i < 3; ++i) crawl.answer(attempts[i], response(200));
  for (int i = 0; i < 3; ++i) crawl.take();
  EXPECT_TRUE(crawl.answers<WaitForOne>());
}

TEST(FrontierDescriptors, PageFailsIfNoneInFlightCanFreeADescriptor) {
  Crawl crawl(job_for(numbered(1)));
  crawl.report(crawl.take(), no_descriptor);
  EXPECT_TRUE(crawl.answers<Finished>());
  const CrawlReport report = crawl.finish();
  const PageResult page = result_of(report, "http://10.0.0.1/0");
  EXPECT_EQ(page.error, CrawlError::too_many_open_files);
  EXPECT_EQ(page.message(), "connecting to 10.0.0.1:80: Too many open files");
}

TEST(FrontierDescriptors, RetryStartsAtTheSameAddress) {
  CrawlJob job = job_for({"http://10.0.0.9/", "http://host/"});
  FakeLookups lookups;
  Crawl crawl(job, lookups.lookup());
  const Attempt other = crawl.take();
  crawl.next();
  lookups.answer("host", {"10.0.0.1", "10.0.0.2"});
  crawl.report(crawl.take("http://host/"), refused);
  const Attempt second = crawl.take("http://host/");
  EXPECT_EQ(second.address.to_string(), "10.0.0.2:80");
  crawl.report(second, no_descriptor);
  crawl.answer(other, response(200));
  const Attempt again = crawl.take("http://host/");
  EXPECT_EQ(again.address.to_string(), "10.0.0.2:80");
  crawl.answer(again, response(200));
  EXPECT_EQ(result_of(crawl.finish(), "http://host/").tries, 1U);
}

}  // namespace
}  // namespace common
