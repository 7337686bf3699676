// The control flow of one page, as --trace tells it, against the article's order of events; and
// where an error came from, as --verbose tells it, in each style.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <regex>
#include <string>
#include <vector>

#include "common/crawl/crawl_job.h"
#include "common/net/selector.h"
#include "common/site/site_process.h"
#include "crawlers.h"

namespace {

using common::CrawlJob;
using common::CrawlReport;
using std::chrono::milliseconds;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::IsEmpty;

const Crawler& crawler(const std::string& name) {
  for (const auto& crawler : crawlers()) {
    if (crawler.name == name) return crawler;
  }
  throw std::invalid_argument("no crawler is called " + name);
}

// A stage's crawlers by name: with every selector that this system has, the best one first.
std::vector<std::string> each(const std::string& stage) {
  std::vector<std::string> names;
  for (const auto kind : common::Selector::kinds()) {
    names.push_back(stage + "_" + common::Selector::name_of(kind));
  }
  return names;
}

std::string best(const std::string& stage) { return each(stage).front(); }

class Trace : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    site = std::make_unique<common::SiteProcess>(
        common::SiteOptions{.pages = 10, .delay = milliseconds(20)});
  }
  static void TearDownTestSuite() { site.reset(); }

  static CrawlJob job(const std::string& path) {
    CrawlJob job;
    job.urls = {site->url(path)};
    job.max_tries = 1;
    return job;
  }

  // What the crawler writes to stderr, without the numbers that differ from run to run.
  static std::string told(const std::string& name, const CrawlJob& job) {
    testing::internal::CaptureStderr();
    crawler(name).run(job);
    std::string text = testing::internal::GetCapturedStderr();
    text = std::regex_replace(text, std::regex("127\\.0\\.0\\.1:\\d+"), "HOST");
    text = std::regex_replace(text, std::regex("fd \\d+"), "fd N");
    text = std::regex_replace(text, std::regex("\\.(cpp|h):\\d+"), ".$1");
    return std::regex_replace(text, std::regex("\\d+ bytes"), "N bytes");
  }

  static std::string trace_of_one_page(const std::string& name) {
    CrawlJob one = job("/1");
    one.trace = 1;
    return told(name, one);
  }

  static std::string origin_of(const std::string& name, const std::string& fault) {
    CrawlJob one = job("/fault/" + fault);
    one.timeout = milliseconds(500);
    one.verbose = true;
    return crawler(name).run(one).pages.at(0).origin;
  }

  static inline std::unique_ptr<common::SiteProcess> site;
};

// §3.1: every call returns when it is done, so there is nothing to tell but the calls.
TEST_F(Trace, BlockingCrawlerShowsItsCallsInOrder) {
  EXPECT_EQ(trace_of_one_page("stage1_sequential"), R"(attempt 1: http://HOST/1 at HOST
  fd N connect: done
  fd N send: N bytes
  fd N recv: N bytes
  fd N close
attempt 1 has its response
)");
}

// §3.4: the socket is asked for ever; what comes again and again is counted.
TEST_F(Trace, BusyCrawlerCountsItsVainCalls) {
  EXPECT_THAT(
      trace_of_one_page("stage1_busy"),
      ContainsRegex("fd N recv: nothing now\n  and again, (once|[0-9]+ times)\n  fd N recv: N"));
}

// §3.5: select → callback(key, mask), which registers the next one.
TEST_F(Trace, CallbacksReturnToTheLoopAtEachWait) {
  EXPECT_EQ(trace_of_one_page(best("stage2")), R"(attempt 1: http://HOST/1 at HOST
  fd N connect: not yet
  register fd N, writable
loop: fd N is writable → callback(key, mask)
  fd N connected
  fd N send: N bytes
  unregister fd N
  register fd N, readable
loop: fd N is readable → callback(key, mask)
  fd N recv: N bytes
  unregister fd N
  fd N close
attempt 1 has its response
)");
}

// §4.4.3: select → on_readable → set_result → Task.step → send → fetch → the next Future.
TEST_F(Trace, FutureAndTaskFollowTheArticlesChain) {
  EXPECT_EQ(trace_of_one_page(best("stage3")), R"(attempt 1: http://HOST/1 at HOST
  task.step → send
    resume Fetch at starting
      fd N connect: not yet
      register fd N, writable
      yields a Future → future.add_done_callback(task)
loop: fd N is writable → callback()
  future.set_result(N bytes)
    call_soon
loop: what was due soon → callback()
  task.step → send
    resume Fetch at connecting
      unregister fd N
      fd N connected
      fd N send: N bytes
      register fd N, readable
      yields a Future → future.add_done_callback(task)
loop: fd N is readable → callback()
  fd N recv: N bytes
  future.set_result(N bytes)
    call_soon
loop: what was due soon → callback()
  task.step → send
    resume Fetch at reading
      unregister fd N
      returns: the Task is done
    fd N close
    call_soon
loop: what was due soon → callback()
attempt 1 has its response
)");
}

// §4.5.1: what is sent goes through all machines to the innermost, and its Future comes out.
TEST_F(Trace, YieldFromPassesEveryMachineAtEachResume) {
  EXPECT_EQ(trace_of_one_page(best("stage4")), R"(attempt 1: http://HOST/1 at HOST
  task.step → send
    resume Fetch at starting
      resume Connect at starting
        fd N connect: not yet
        register fd N, writable
      yields a Future → future.add_done_callback(task)
loop: fd N is writable → callback()
  future.set_result(N bytes)
    call_soon
loop: what was due soon → callback()
  task.step → send
    resume Fetch at connecting
      resume Connect at connecting
        unregister fd N
        fd N connected
      resume SendAll at starting
        fd N send: N bytes
      resume ReadAll at starting
        resume Read at starting
          register fd N, readable
      yields a Future → future.add_done_callback(task)
loop: fd N is readable → callback()
  fd N recv: N bytes
  future.set_result(N bytes)
    call_soon
loop: what was due soon → callback()
  task.step → send
    resume Fetch at reading
      resume ReadAll at reading
        resume Read at waiting
          unregister fd N
      returns: the Task is done
    fd N close
    call_soon
loop: what was due soon → callback()
attempt 1 has its response
)");
}

// §4.4: whoever has an error to tell sets it as the Future's exception; it is thrown at the wait.
TEST_F(Trace, ErrorIsThrownWhereTheMachineWaits) {
  CrawlJob reset = job("/fault/reset");
  reset.trace = 1;
  EXPECT_THAT(told(best("stage3"), reset), HasSubstr(R"(
  fd N recv: failed
  future.set_exception
    call_soon
loop: what was due soon → callback()
  task.step → throw
    resume Fetch at reading
      throws
    unregister fd N
    fd N close
    call_soon
loop: what was due soon → callback()
attempt 1 failed: Connection reset by peer
)"));
}

// §4.5.1: an error goes all the way in as a value does, and each machine may catch it on its way.
TEST_F(Trace, DeadlineIsThrownIntoTheInnermostMachine) {
  CrawlJob stall = job("/fault/stall");
  stall.trace = 1;
  stall.timeout = milliseconds(300);
  EXPECT_THAT(told(best("stage4"), stall), HasSubstr(R"(
loop: a timer is due → callback()
  and again, once
  task.step → throw
    resume Fetch at reading
      resume ReadAll at reading
        resume Read at waiting
          throws
        throws
      throws
    unregister fd N
    fd N close
    call_soon
loop: what was due soon → callback()
attempt 1 failed: Connection timed out
)"));
}

// §5: the loop resumes the innermost coroutine, however deep that is; the others only when it ends.
TEST_F(Trace, CoroutineTraceResumesTheInnermostDirectly) {
  EXPECT_EQ(trace_of_one_page(best("stage5")), R"(attempt 1: http://HOST/1 at HOST
  task.wake
loop: the task is due → task.step
  resume fetch_and_report at crawler.cpp
  resume outcome_of at crawler.cpp
  resume fetch at crawler.cpp
  resume connect at async_io.cpp
  fd N connect: not yet
  resume fetch at crawler.cpp
  resume send_all at async_io.cpp
  fd N send: N bytes
  resume fetch at crawler.cpp
  resume read_all at async_io.cpp
  resume read at async_io.cpp
  register fd N, for as long as it is open
  co_await in read at async_io.cpp → the loop
loop: fd N is ready
  task.wake
loop: the task is due → task.step
  resume read at async_io.cpp
  fd N recv: N bytes
  resume read_all at async_io.cpp
  resume fetch at crawler.cpp
  fd N close
  resume outcome_of at crawler.cpp
  resume fetch_and_report at crawler.cpp
attempt 1 has its response
)");
}

TEST_F(Trace, LinesOfManyPagesAreNumbered) {
  CrawlJob several = job("/1");
  several.urls.push_back(site->url("/2"));
  several.urls.push_back(site->url("/3"));
  several.trace = 2;
  for (const auto& each : crawlers()) {
    SCOPED_TRACE(each.name);
    const std::string text = told(each.name, several);
    EXPECT_THAT(text, HasSubstr("[1] attempt 1: http://HOST/1 at HOST\n"));
    EXPECT_THAT(text, HasSubstr("[1] attempt 1 has its response\n"));
    EXPECT_THAT(text, HasSubstr("[2] attempt 2: http://HOST/2 at HOST\n"));
    EXPECT_THAT(text, HasSubstr("[2] attempt 2 has its response\n"));
    EXPECT_THAT(text, Not(HasSubstr("[3]")));
  }
}

TEST_F(Trace, IsSilentUnlessAskedFor) {
  CrawlJob silent = job("/1");
  silent.verbose = true;
  for (const auto& each : crawlers()) EXPECT_THAT(told(each.name, silent), IsEmpty()) << each.name;
}

TEST_F(Trace, ACallbackKnowsOnlyTheLoopThatCalledIt) {
  for (const std::string& name : each("stage2")) {
    EXPECT_THAT(origin_of(name, "reset"),
                ContainsRegex("^loop: fd [0-9]+ is readable → callback\\(key, mask\\)$"));
    EXPECT_EQ(origin_of(name, "stall"), "loop: a timer is due → callback()");
  }
}

TEST_F(Trace, AMachineKnowsInWhichStateAnErrorMetIt) {
  for (const std::string& name : each("stage3")) {
    EXPECT_EQ(origin_of(name, "reset"), "Fetch at reading");
    EXPECT_EQ(origin_of(name, "stall"), "Fetch at reading");
  }
}

TEST_F(Trace, AnErrorLeavesAChainOfMachinesAndTheirStates) {
  for (const std::string& name : each("stage4")) {
    EXPECT_EQ(origin_of(name, "reset"), "Fetch at reading ← ReadAll at reading ← Read at waiting");
    EXPECT_EQ(origin_of(name, "stall"), "Fetch at reading ← ReadAll at reading ← Read at waiting");
    // Read had returned its chunk; the parser that ReadAll feeds refused it.
    EXPECT_EQ(origin_of(name, "garbage"), "Fetch at reading ← ReadAll at reading");
  }
}

TEST_F(Trace, AnErrorLeavesAChainOfAwaitsWithFunctionFileAndLine) {
  const std::string up_to_fetch =
      "^fetch_and_report at crawler\\.cpp:[0-9]+ ← outcome_of at crawler\\.cpp:[0-9]+ ← "
      "fetch at crawler\\.cpp:[0-9]+ ← ";
  const std::string read_all = "read_all at async_io\\.cpp:[0-9]+";
  const std::string read = " ← read at async_io\\.cpp:[0-9]+";
  for (const std::string& name : each("stage5")) {
    EXPECT_THAT(origin_of(name, "reset"), ContainsRegex(up_to_fetch + read_all + read + "$"));
    EXPECT_THAT(origin_of(name, "stall"), ContainsRegex(up_to_fetch + read_all + read + "$"));
    // `read` had returned its chunk; the parser that `read_all` feeds refused it.
    EXPECT_THAT(origin_of(name, "garbage"), ContainsRegex(up_to_fetch + read_all + "$"));
  }
}

TEST_F(Trace, APageThatWasFetchedHasNoOrigin) {
  CrawlJob verbose = job("/1");
  verbose.verbose = true;
  for (const auto& each : crawlers()) {
    EXPECT_THAT(each.run(verbose).pages.at(0).origin, IsEmpty()) << each.name;
  }
}

}  // namespace
