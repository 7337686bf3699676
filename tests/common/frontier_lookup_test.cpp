// The Frontier and names of hosts: looked up once, by somebody else, while the rest goes on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "common/crawl/crawl_error.h"
#include "common/crawl/frontier.h"
#include "common/crawl/interrupt.h"
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

/// Whether `next` waits for nothing but the wake-up.
bool waits_for_the_wakeup(Crawl& crawl) {
  const Next next = crawl.next();
  const auto* wait = std::get_if<WaitUntil>(&next);
  return wait && wait->when == TimePoint::max();
}

TEST(FrontierLookup, LooksNoNumericHostUp) {
  FakeLookups lookups;
  Crawl crawl(job_for({"http://127.0.0.1/", "http://[::1]/"}), lookups.lookup());
  EXPECT_EQ(crawl.take().address.to_string(), "127.0.0.1:80");
  EXPECT_EQ(crawl.take().address.to_string(), "[::1]:80");
  EXPECT_THAT(lookups.asked(), IsEmpty());
}

TEST(FrontierLookup, WaitsForTheWakeupWhenIdle) {
  FakeLookups lookups;
  Crawl crawl(job_for({"http://one/"}), lookups.lookup());
  EXPECT_TRUE(waits_for_the_wakeup(crawl));
  EXPECT_FALSE(is_readable(crawl.frontier.wakeup_fd()));
  lookups.answer("one", {"10.0.0.1"});
  EXPECT_TRUE(is_readable(crawl.frontier.wakeup_fd()));
  EXPECT_EQ(crawl.take("http://one/").address.to_string(), "10.0.0.1:80");
  EXPECT_FALSE(is_readable(crawl.frontier.wakeup_fd()));
}

TEST(FrontierLookup, LooksUpEachHostOnceForAllPorts) {
  FakeLookups lookups;
  Crawl crawl(job_for({"http://one/", "http://one/a", "http://one:8080/", "http://two/"}),
              lookups.lookup());
  EXPECT_TRUE(waits_for_the_wakeup(crawl));
  EXPECT_THAT(lookups.asked(), ElementsAre("one", "two"));
  lookups.answer("one", {"10.0.0.1"});
  crawl.take("http://one/");
  crawl.take("http://one/a");
  EXPECT_EQ(crawl.take("http://one:8080/").address.to_string(), "10.0.0.1:8080");
  EXPECT_TRUE(waits_for_the_wakeup(crawl)) << "there is room for another in flight";
  lookups.answer("two", {"10.0.0.2"});
  crawl.take("http://two/");
  EXPECT_EQ(lookups.asked().size(), 2U);
}

TEST(FrontierLookup, KnownAddressNeedsNoWait) {
  FakeLookups lookups;
  Crawl crawl(job_for({"http://one/", "http://10.0.0.9/", "http://one/a"}), lookups.lookup());
  crawl.fetch("http://10.0.0.9/", response(200));
  EXPECT_TRUE(waits_for_the_wakeup(crawl));
  lookups.answer("one", {"10.0.0.1"});
  crawl.fetch("http://one/", response(200));
  crawl.fetch("http://one/a", response(200));
  EXPECT_TRUE(crawl.answers<Finished>());
}

TEST(FrontierLookup, PagesThatWaitedAreHandedOutFirst) {
  CrawlJob job = job_for({"http://one/", "http://one/a", "http://10.0.0.9/1", "http://10.0.0.9/2"});
  job.concurrency = 1;
  FakeLookups lookups;
  Crawl crawl(job, lookups.lookup());
  const Attempt other = crawl.take("http://10.0.0.9/1");
  lookups.answer("one", {"10.0.0.1"});
  crawl.answer(other, response(200));
  crawl.fetch("http://one/", response(200));
  crawl.fetch("http://one/a", response(200));
  crawl.fetch("http://10.0.0.9/2", response(200));
}

TEST(FrontierLookup, CountsAPageThatWaitsOnceTowardsTheLimit) {
  CrawlJob job = job_for({"http://one/", "http://one/a", "http://one/b"});
  job.max_pages = 2;
  FakeLookups lookups;
  Crawl crawl(job, lookups.lookup());
  EXPECT_TRUE(waits_for_the_wakeup(crawl));
  lookups.answer("one", {"10.0.0.1"});
  crawl.fetch("http://one/", response(200));
  crawl.fetch("http://one/a", response(200));
  EXPECT_TRUE(crawl.answers<Finished>());
  EXPECT_THAT(crawl.finish().remaining, ElementsAre("http://one/b"));
}

TEST(FrontierLookup, ImmediateAnswerIsUsed) {
  Crawl crawl(job_for({"http://one/"}),
              [](std::string, std::uint16_t, const Resolver::Callback& callback) {
                callback({{Endpoint::parse("10.0.0.1", 0).value()}, ""});
              });
  while (!std::holds_alternative<Attempt>(crawl.next())) {
    ASSERT_TRUE(is_readable(crawl.frontier.wakeup_fd())) << "nothing would ever wake us";
  }
}

TEST(FrontierLookup, UnknownHostFailsAllItsPages) {
  CrawlJob job = job_for({"http://one/", "http://one/a"});
  job.follow = true;
  FakeLookups lookups;
  Crawl crawl(job, lookups.lookup());
  EXPECT_TRUE(waits_for_the_wakeup(crawl));
  lookups.answer("one", {});
  EXPECT_TRUE(crawl.answers<Finished>());
  const CrawlReport report = crawl.finish();
  EXPECT_EQ(report.failed(), 2U);
  const PageResult page = result_of(report, "http://one/a");
  EXPECT_EQ(page.error, CrawlError::name_not_found);
  EXPECT_EQ(page.message(), "looking up one: nobody knows it");
  EXPECT_EQ(page.tries, 0U);
  EXPECT_EQ(page.address, std::nullopt);
  EXPECT_EQ(report.exit_status(), 1);
}

TEST(FrontierLookup, UnknownHostIsLookedUpOnce) {
  CrawlJob job = job_for({"http://one/", "http://10.0.0.9/", "http://one:81/"});
  job.concurrency = 1;
  FakeLookups lookups;
  Crawl crawl(job, lookups.lookup());
  const Attempt other = crawl.take("http://10.0.0.9/");
  lookups.answer("one", {});
  crawl.answer(other, response(200));
  EXPECT_TRUE(crawl.answers<Finished>());
  EXPECT_EQ(crawl.finish().failed(), 2U);
  EXPECT_THAT(lookups.asked(), ElementsAre("one"));
}

constexpr auto no_name_server = std::errc::resource_unavailable_try_again;
constexpr auto no_descriptor = std::errc::too_many_files_open;

/// Has the pause after a failed try pass.
void wait_out_the_pause(Crawl& crawl, Duration expected) {
  const Next next = crawl.next();
  const auto* wait = std::get_if<WaitUntil>(&next);
  ASSERT_TRUE(wait);
  EXPECT_EQ(wait->when - crawl.now, expected);
  crawl.now = wait->when;
}

TEST(FrontierLookup, TemporaryLookupFailureIsRetried) {
  FakeLookups lookups;
  Crawl crawl(job_for({"http://one/", "http://one/a"}), lookups.lookup());
  EXPECT_TRUE(waits_for_the_wakeup(crawl));
  lookups.fail("one", no_name_server);
  wait_out_the_pause(crawl, milliseconds(100));
  EXPECT_THAT(lookups.asked(), ElementsAre("one")) << "not before the pause is over";
  EXPECT_TRUE(waits_for_the_wakeup(crawl));
  EXPECT_THAT(lookups.asked(), ElementsAre("one", "one")) << "once for both pages";
  lookups.answer("one", {"10.0.0.1"});
  crawl.fetch("http://one/", response(200));
  crawl.fetch("http://one/a", response(200));
  EXPECT_TRUE(crawl.answers<Finished>());
  const CrawlReport report = crawl.finish();
  EXPECT_EQ(report.fetched(), 2U);
  EXPECT_EQ(result_of(report, "http://one/").tries, 2U);
  EXPECT_EQ(result_of(report, "http://one/a").tries, 2U);
}

TEST(FrontierLookup, GivesUpAPageAfterItsTriesAndNotTheHost) {
  CrawlJob job = job_for({"http://10.0.0.9/", "http://one/"});
  job.max_tries = 3;
  job.follow = true;
  FakeLookups lookups;
  Crawl crawl(job, lookups.lookup());
  const Attempt other = crawl.take("http://10.0.0.9/");
  for (const milliseconds pause : {milliseconds(100), milliseconds(200)}) {
    crawl.next();
    lookups.fail("one", no_name_server);
    wait_out_the_pause(crawl, pause);
  }
  crawl.next();
  lookups.fail("one", no_name_server);
  EXPECT_TRUE(crawl.answers<WaitForOne>());
  EXPECT_EQ(lookups.asked().size(), 3U);

  crawl.answer(other, page_with({"http://one/later"}));
  EXPECT_TRUE(waits_for_the_wakeup(crawl));
  EXPECT_EQ(lookups.asked().size(), 4U) << "the host is not dead";
  lookups.answer("one", {"10.0.0.1"});
  crawl.fetch("http://one/later", response(200));
  EXPECT_TRUE(crawl.answers<Finished>());

  const CrawlReport report = crawl.finish();
  const PageResult page = result_of(report, "http://one/");
  EXPECT_EQ(page.error, CrawlError::lookup_failed);
  EXPECT_EQ(page.message(), "looking up one: not now");
  EXPECT_EQ(page.tries, 3U);
  EXPECT_EQ(page.address, std::nullopt);
  EXPECT_TRUE(result_of(report, "http://one/later").fetched());
}

TEST(FrontierLookup, CountsAFailureAsOneOfThePagesTries) {
  CrawlJob job = job_for({"http://one/"});
  job.max_tries = 2;
  FakeLookups lookups;
  Crawl crawl(job, lookups.lookup());
  crawl.next();
  lookups.fail("one", std::errc::not_enough_memory);
  wait_out_the_pause(crawl, milliseconds(100));
  crawl.next();
  lookups.answer("one", {"10.0.0.1"});
  crawl.report(crawl.take("http://one/"), error(std::errc::connection_refused));
  EXPECT_TRUE(crawl.answers<Finished>());
  const PageResult page = result_of(crawl.finish(), "http://one/");
  EXPECT_EQ(page.error, CrawlError::connection_refused);
  EXPECT_EQ(page.tries, 2U);
}

TEST(FrontierLookup, WaitsForADescriptorWhileAttemptsHoldThem) {
  CrawlJob job = job_for({"http://10.0.0.9/1", "http://10.0.0.9/2", "http://10.0.0.9/3",
                          "http://one/", "http://10.0.0.9/4"});
  job.concurrency = 4;
  FakeLookups lookups;
  Crawl crawl(job, lookups.lookup());
  const Attempt first = crawl.take("http://10.0.0.9/1");
  const Attempt second = crawl.take("http://10.0.0.9/2");
  const Attempt third = crawl.take("http://10.0.0.9/3");
  const Attempt fourth = crawl.take("http://10.0.0.9/4");
  crawl.answer(fourth, response(200));
  lookups.fail("one", no_descriptor);
  EXPECT_TRUE(crawl.answers<WaitForOne>()) << "no pause, no spinning";
  crawl.answer(first, response(200));
  EXPECT_TRUE(crawl.answers<WaitForOne>()) << "two in flight and a look-up are too many";
  crawl.answer(second, response(200));
  crawl.next();
  EXPECT_THAT(lookups.asked(), ElementsAre("one", "one"));
  lookups.answer("one", {"10.0.0.1"});
  crawl.fetch("http://one/", response(200));
  crawl.answer(third, response(200));
  EXPECT_TRUE(crawl.answers<Finished>());
  const CrawlReport report = crawl.finish();
  EXPECT_EQ(report.fetched(), 5U);
  EXPECT_EQ(result_of(report, "http://one/").tries, 1U) << "it had not been tried";
}

TEST(FrontierLookup, RetriesWhenNothingInFlightCouldGiveADescriptorBack) {
  CrawlJob job = job_for({"http://one/"});
  job.max_tries = 2;
  FakeLookups lookups;
  Crawl crawl(job, lookups.lookup());
  crawl.next();
  lookups.fail("one", no_descriptor);
  wait_out_the_pause(crawl, milliseconds(100));
  crawl.next();
  lookups.fail("one", no_descriptor);
  EXPECT_TRUE(crawl.answers<Finished>());
  const PageResult page = result_of(crawl.finish(), "http://one/");
  EXPECT_EQ(page.error, CrawlError::too_many_open_files);
  EXPECT_EQ(page.tries, 2U);
}

TEST(FrontierLookup, LookupTimeIsNotCrawlTime) {
  FakeLookups lookups;
  Crawl crawl(job_for({"http://10.0.0.9/", "http://one/"}), lookups.lookup());
  const Attempt first = crawl.take();
  crawl.now += milliseconds(100);
  crawl.answer(first, response(200));
  EXPECT_TRUE(waits_for_the_wakeup(crawl));
  crawl.now += seconds(60);
  lookups.answer("one", {"10.0.0.1"});
  const Attempt second = crawl.take("http://one/");
  crawl.now += milliseconds(100);
  crawl.answer(second, response(200));
  const CrawlReport report = crawl.finish();
  EXPECT_EQ(report.elapsed, milliseconds(200));
  EXPECT_EQ(result_of(report, "http://one/").connecting, milliseconds(200));
}

TEST(FrontierLookup, LookupTimeCountsWhilePagesAreInFlight) {
  FakeLookups lookups;
  Crawl crawl(job_for({"http://10.0.0.9/", "http://one/"}), lookups.lookup());
  const Attempt first = crawl.take();
  EXPECT_TRUE(waits_for_the_wakeup(crawl));
  crawl.now += seconds(60);
  lookups.answer("one", {"10.0.0.1"});
  crawl.answer(first, response(200));
  EXPECT_EQ(crawl.finish().elapsed, seconds(60));
}

TEST(FrontierLookup, LeavesUrlsThatWaitForItAsRemainingWhenInterrupted) {
  Interrupt interrupt;
  CrawlJob job = job_for({"http://one/"});
  job.interrupt = &interrupt;
  FakeLookups lookups;
  Crawl crawl(job, lookups.lookup());
  EXPECT_TRUE(waits_for_the_wakeup(crawl));
  interrupt.request();
  EXPECT_TRUE(crawl.answers<Finished>());
  EXPECT_THAT(crawl.finish().remaining, ElementsAre("http://one/"));
}

TEST(FrontierLookup, AnswerAfterTheFrontierIsDestroyedIsIgnored) {
  FakeLookups lookups;
  {
    Crawl crawl(job_for({"http://one/"}), lookups.lookup());
    EXPECT_TRUE(waits_for_the_wakeup(crawl));
  }
  lookups.answer("one", {"10.0.0.1"});  // under the sanitizers: touches nothing of it
  EXPECT_THAT(lookups.asked(), ElementsAre("one"));
}

TEST(FrontierLookup, AnswerMayRaceWithTheFrontiersDestructor) {
  for (int i = 0; i < 200; ++i) {
    std::thread resolver;
    {
      Crawl crawl(job_for({"http://one/"}),
                  [&](std::string, std::uint16_t, Resolver::Callback callback) {
                    resolver = std::thread([callback = std::move(callback)] {
                      callback({{Endpoint::parse("10.0.0.1", 0).value()}, ""});
                    });
                  });
      const Next next = crawl.next();
      EXPECT_FALSE(std::holds_alternative<Finished>(next));
    }
    resolver.join();
  }
}

TEST(FrontierLookup, AsksTheSystemByDefault) {
  Crawl crawl(job_for({"http://localhost:8080/"}));
  Next next = crawl.next();
  while (!std::holds_alternative<Attempt>(next)) {
    ASSERT_TRUE(std::holds_alternative<WaitUntil>(next));
    pollfd wakeup{crawl.frontier.wakeup_fd(), POLLIN, 0};
    ASSERT_EQ(::poll(&wakeup, 1, 60'000), 1) << "the look-up never ended";
    next = crawl.next();
  }
  const std::string address = std::get<Attempt>(next).address.to_string();
  EXPECT_TRUE(address == "127.0.0.1:8080" || address == "[::1]:8080") << address;
  EXPECT_GT(crawl.finish().lookup_time, Duration::zero());
}

}  // namespace
}  // namespace common
