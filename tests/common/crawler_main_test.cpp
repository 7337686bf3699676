// The program around a crawler: its command line, its output, its exit status.
#include "common/crawl/crawler_main.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "common/crawl/frontier.h"
#include "common/http/response_parser.h"
#include "common/net/platform.h"
#include "common/net/socket.h"
#include "tests/common/status_of_process.h"

namespace common {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

Response fetch(const Attempt& attempt) {
  Socket sock(attempt.address.family(), attempt.timing);
  sock.set_blocking(true);
  sock.set_timeout(seconds(60));
  sock.connect(attempt.address);
  sock.send(attempt.request);
  ResponseParser parser(attempt.max_body);
  while (!parser.complete()) parser.feed(sock.recv().value());
  return parser.take();
}

/// A crawler as simple as can be: one page after another.
CrawlReport crawl_simply(const CrawlJob& job) {
  Frontier frontier(job);
  for (;;) {
    Next next = frontier.next(Clock::now());
    if (auto* attempt = std::get_if<Attempt>(&next)) {
      try {
        frontier.report(*attempt, fetch(*attempt));
      } catch (const std::system_error&) {
        frontier.report(*attempt, std::current_exception());
      }
    } else if (auto* wait = std::get_if<WaitUntil>(&next)) {
      pollfd wakeup{frontier.wakeup_fd(), POLLIN, 0};
      const auto left = std::chrono::ceil<milliseconds>(wait->when - Clock::now());
      ::poll(&wakeup, 1, wait->when == TimePoint::max() ? -1 : static_cast<int>(left.count()));
    } else {
      return frontier.finish();
    }
  }
}

struct Ended {
  int status;
  std::string out;
  std::string err;
};

CrawlerProgram simple_program() {
  return {.name = "crawler", .summary = "Waits as simply as can be.", .crawl = crawl_simply};
}

Ended run(std::vector<std::string> arguments, const CrawlerProgram& program = simple_program()) {
  arguments.insert(arguments.begin(), program.name);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const int status = crawler_main(static_cast<int>(arguments.size()), argv.data(), program);
  return {status, testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr()};
}

/// The job that the crawler gets for `arguments`. Nothing is fetched.
CrawlJob job_of(std::vector<std::string> arguments, CrawlerProgram program = simple_program()) {
  CrawlJob taken;
  program.crawl = [&taken](const CrawlJob& job) {
    taken = job;
    return CrawlReport{};
  };
  const Ended done = run(std::move(arguments), program);
  EXPECT_EQ(done.status, 0) << done.err;
  taken.interrupt = nullptr;
  taken.on_progress = nullptr;
  return taken;
}

TEST(CrawlerMain, FetchesThePagesOfAPracticeSiteWhenNoUrlIsGiven) {
  const Ended done = run({"--pages", "3", "--delay", "1ms"});
  EXPECT_EQ(done.status, 0);
  EXPECT_THAT(done.out, HasSubstr("fetched      3 pages"));
  EXPECT_THAT(done.out, AllOf(HasSubstr("/1\n"), HasSubstr("/2\n"), Not(HasSubstr("/3\n"))));
  EXPECT_EQ(done.err,
            "crawler: no URL given, so it fetches the 3 pages of its practice site, each answered "
            "after 1 ms\n");
}

TEST(CrawlerMain, SpeaksOfOnePageAsOne) {
  EXPECT_EQ(run({"--pages", "1", "--delay", "1ms"}).err,
            "crawler: no URL given, so it fetches the one page of its practice site, answered "
            "after 1 ms\n");
}

TEST(CrawlerMain, PrintsNothingButJsonOnStdoutIfAskedFor) {
  const Ended done = run({"--json", "--pages", "2", "--delay", "0"});
  EXPECT_EQ(done.status, 0);
  const boost::json::value json = boost::json::parse(done.out);
  EXPECT_EQ(json.at("program"), "crawler");
  EXPECT_EQ(json.at("fetched"), 2);
  EXPECT_EQ(done.err, "");
}

TEST(CrawlerMain, WritesATimelineOfEachPageIfAskedFor) {
  const std::string file = testing::TempDir() + "crawler_main_timeline.json";
  const Ended done = run({"--quiet", "--pages", "3", "--delay", "20ms", "--timeline", file});
  EXPECT_EQ(done.status, 0) << done.err;
  EXPECT_THAT(done.out, StartsWith("fetched      3 pages"));
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  ::unlink(file.c_str());
  std::size_t waits = 0;
  const boost::json::value timeline = boost::json::parse(text.str());
  for (const auto& event : timeline.at("traceEvents").as_array()) {
    waits += event.at("name") == "waiting" && event.at("ph") == "b";
  }
  EXPECT_EQ(waits, 3u);
}

TEST(CrawlerMain, FetchesNothingIfTheTimelineCannotBeWritten) {
  CrawlerProgram program = simple_program();
  program.crawl = [](const CrawlJob&) -> CrawlReport {
    ADD_FAILURE() << "nothing is to be fetched";
    return {};
  };
  const Ended done = run({"--timeline", "/nowhere/timeline.json", "127.0.0.1"}, program);
  EXPECT_EQ(done.status, 1);
  EXPECT_EQ(done.out, "");
  EXPECT_EQ(done.err,
            "crawler: the timeline could not be written to '/nowhere/timeline.json': No such file "
            "or directory\n");
}

TEST(CrawlerMain, PrintsTheReportIfTheDiskIsFullForTheTimeline) {
  const Ended done = run({"--quiet", "--pages", "1", "--delay", "0", "--timeline", "/dev/full"});
  EXPECT_EQ(done.status, 1);
  EXPECT_THAT(done.out, StartsWith("fetched      1 page"));
  EXPECT_THAT(done.err, HasSubstr("the timeline could not be written to '/dev/full': No space"));
}

TEST(CrawlerMain, IsQuietIfAskedFor) {
  const Ended done = run({"--quiet", "--pages", "2", "--delay", "0"});
  EXPECT_THAT(done.out, StartsWith("fetched      2 pages"));
  EXPECT_EQ(done.err, "");
}

TEST(CrawlerMain, HasTheDefaultsOfTheJob) {
  const CrawlJob job = job_of({"http://127.0.0.1/"});
  const CrawlJob defaults;
  EXPECT_THAT(job.urls, ElementsAre("http://127.0.0.1/"));
  EXPECT_EQ(job.concurrency, defaults.concurrency);
  EXPECT_EQ(job.timeout, defaults.timeout);
  EXPECT_EQ(job.max_pages, defaults.max_pages);
  EXPECT_FALSE(job.follow);
  EXPECT_EQ(job.variant, "");
}

TEST(CrawlerMain, ReadsEveryOption) {
  const CrawlJob job = job_of({"--concurrency",
                               "7",
                               "--follow",
                               "--exclude",
                               "a",
                               "http://127.0.0.1/x",
                               "--exclude=b",
                               "--max-pages",
                               "11",
                               "--max-redirects",
                               "0",
                               "--max-tries",
                               "2",
                               "--max-body",
                               "64KiB",
                               "--timeout",
                               "1.5s",
                               "--connect-timeout",
                               "250ms",
                               "--selector",
                               "poll",
                               "http://127.0.0.1/y"});
  EXPECT_EQ(job.concurrency, 7U);
  EXPECT_TRUE(job.follow);
  EXPECT_THAT(job.exclude, ElementsAre("a", "b"));
  EXPECT_EQ(job.max_pages, 11U);
  EXPECT_EQ(job.max_redirects, 0U);
  EXPECT_EQ(job.max_tries, 2U);
  EXPECT_EQ(job.max_body, 65536U);
  EXPECT_EQ(job.timeout, milliseconds(1500));
  EXPECT_EQ(job.connect_timeout, milliseconds(250));
  EXPECT_EQ(job.selector, Selector::Kind::poll);
  EXPECT_THAT(job.urls, ElementsAre("http://127.0.0.1/x", "http://127.0.0.1/y"));
}

TEST(CrawlerMain, LetsTheLastOneCountWhereAnOptionIsRepeated) {
  EXPECT_EQ(job_of({"--concurrency", "7", "--concurrency", "8", "127.0.0.1"}).concurrency, 8U);
}

TEST(CrawlerMain, AddsHttpToAStartUrlWithoutAScheme) {
  const CrawlJob job = job_of({"localhost:8080/x", "127.0.0.1", "[::1]", "HTTP://Host/",
                               "host/?from=http://elsewhere/", "--", "last"});
  EXPECT_THAT(job.urls,
              ElementsAre("http://localhost:8080/x", "http://127.0.0.1/", "http://[::1]/",
                          "http://host/", "http://host/?from=http://elsewhere/", "http://last/"));
}

TEST(CrawlerMain, HasVariantsWhereTheProgramHas) {
  CrawlerProgram program = simple_program();
  program.variants = {"sequential", "threads"};
  EXPECT_EQ(job_of({"127.0.0.1"}, program).variant, "sequential");
  EXPECT_EQ(job_of({"127.0.0.1", "--variant", "threads"}, program).variant, "threads");
  EXPECT_EQ(run({"--variant", "threads", "127.0.0.1"}).status, 2) << "this one has none";
}

struct UsageCase {
  std::vector<std::string> arguments;
  std::string complaint;
};

TEST(CrawlerMain, WrongCommandLineIsExplained) {
  CrawlerProgram program = simple_program();
  program.variants = {"sequential", "threads"};
  program.crawl = [](const CrawlJob&) -> CrawlReport {
    ADD_FAILURE() << "nothing is to be fetched";
    return {};
  };
  const std::vector<UsageCase> cases = {
      {{"--colour"}, "'--colour' is not an option"},
      {{"-v"}, "'-v' is not an option"},
      {{"--timeout"}, "--timeout needs a value after it"},
      {{"--timeout", "5"}, "--timeout: '5' has no unit: write for instance 100ms, 2s or 1m"},
      {{"--timeout", "0"}, "--timeout: '0' leaves no time at all: write for instance 10s"},
      {{"--connect-timeout", "-1s"}, "--connect-timeout: '-1s' is not a number with a unit"},
      {{"--max-body", "5K"}, "--max-body: '5K' has an unknown unit: write for instance 512B"},
      {{"--concurrency", "0"}, "--concurrency: '0' is not a whole number from 1 to 1000000"},
      {{"--concurrency", "-5"}, "--concurrency: '-5' is not a whole number from 1 to 1000000"},
      {{"--concurrency", "ten"}, "--concurrency: 'ten' is not a whole number"},
      {{"--concurrency", "9999999999999999999999"}, "is not a whole number"},
      {{"--max-pages", "1.5"}, "--max-pages: '1.5' is not a whole number"},
      {{"--max-tries", "0"}, "--max-tries: '0' is not a whole number from 1 to"},
      {{"--max-redirects", ""}, "--max-redirects: '' is not a whole number from 0 to"},
      {{"--selector", "kqueue"},
       TUTORIAL_LINUX ? "--selector: 'kqueue' is not a selector: write epoll or poll"
                      : "--selector: 'kqueue' is not a selector: write poll"},
      {{"--selector", TUTORIAL_LINUX ? "" : "epoll"},
       TUTORIAL_LINUX ? "--selector: '' is not a selector: write epoll or poll"
                      : "--selector: 'epoll' is not available on this system: write poll"},
      {{"--variant", "fast"}, "--variant: 'fast' is not a variant: write sequential, threads"},
      {{"--exclude", "("}, "--exclude: '(' is not a regular expression"},
      {{"--json=5"}, "--json takes no value"},
      {{"--timeline", ""}, "--timeline: '' is not the name of a file"},
      {{"--delay", "1s", "127.0.0.1"}, "--delay is for the practice site"},
      {{"127.0.0.1", "--pages", "5"}, "--pages is for the practice site"},
      {{"https://127.0.0.1/"}, "only http:// is understood, not https://"},
      {{"ftp://127.0.0.1/"}, "only http:// is understood, not ftp://"},
      {{"127.0.0.1", "http://a b/"}, "'http://a b/'"},
      {{"http://127.0.0.1:99999/"}, "99999"},
      {{"http:/x"}, "'http:/x' is not a URL: write it like http://host/path or host:8080/path"},
      {{"http:x"}, "'http:x' is not a URL: write it like"},
      {{"https:/x"}, "'https:/x' is not a URL: write it like"},
      {{"file:/x"}, "'file:/x' is not a URL: write it like"},
      {{"mailto:a@b"}, "'mailto:a@b' is not a URL: write it like"},
      {{"localhost:"}, "'localhost:' is not a URL: write it like"},
      {{""}, "http://"},
  };
  for (const UsageCase& each : cases) {
    const Ended done = run(each.arguments, program);
    EXPECT_EQ(done.status, 2) << each.complaint;
    EXPECT_EQ(done.out, "");
    EXPECT_THAT(done.err, AllOf(StartsWith("crawler: "), HasSubstr(each.complaint),
                                testing::EndsWith("\nTry 'crawler --help'.\n")));
  }
}

TEST(CrawlerMain, ExplainsItselfOnHelp) {
  CrawlerProgram program = simple_program();
  program.variants = {"sequential", "threads"};
  const Ended done = run({"--help"}, program);
  EXPECT_EQ(done.status, 0);
  EXPECT_EQ(done.err, "");
  EXPECT_THAT(done.out, HasSubstr("Waits as simply as can be."));
  for (const char* option :
       {"--concurrency", "--follow", "--exclude", "--max-pages", "--max-redirects", "--max-tries",
        "--max-body", "--timeout", "--connect-timeout", "--selector", "--variant", "--delay",
        "--pages", "--json", "--timeline", "--quiet", "--help"}) {
    EXPECT_THAT(done.out, HasSubstr(option));
  }
  EXPECT_THAT(run({"--help"}).out, Not(HasSubstr("--variant")));
}

TEST(CrawlerMain, HelpShowsTheDefaultsOfTheJob) {
  const std::string help = run({"--help"}).out;
  const CrawlJob defaults;
  for (const std::size_t number :
       {defaults.concurrency, defaults.max_pages, defaults.max_redirects, defaults.max_tries}) {
    EXPECT_THAT(help, HasSubstr("[" + std::to_string(number) + "]"));
  }
  EXPECT_EQ(defaults.timeout, seconds(30));
  EXPECT_EQ(defaults.connect_timeout, seconds(10));
  EXPECT_EQ(defaults.max_body, std::size_t{16} << 20);
  EXPECT_THAT(help, AllOf(HasSubstr("[30s]"), HasSubstr("[10s]"), HasSubstr("[16MiB]")));
}

TEST(CrawlerMain, FailsForARefusedPortAndAnUnknownHost) {
  const Ended refused = run({"--max-tries", "1", "127.0.0.1:1"});
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.out, HasSubstr("connecting to 127.0.0.1:1: connection refused"));
  // A label may have 63 characters: the resolver knows without asking anybody.
  const std::string too_long(64, 'x');
  const Ended unknown = run({too_long});
  EXPECT_EQ(unknown.status, 1);
  EXPECT_THAT(unknown.out, HasSubstr("looking up " + too_long + ": "));
}

TEST(CrawlerMain, SaysInOneLineWhatEndedACrawlEarly) {
  CrawlerProgram program = simple_program();
  program.crawl = [](const CrawlJob&) -> CrawlReport { throw std::runtime_error("out of luck"); };
  const Ended done = run({"127.0.0.1"}, program);
  EXPECT_EQ(done.status, 1);
  EXPECT_EQ(done.out, "");
  EXPECT_EQ(done.err, "crawler: out of luck\n");
  program.crawl = [](const CrawlJob&) -> CrawlReport { throw 42; };
  EXPECT_EQ(run({"127.0.0.1"}, program).status, 1);
}

TEST(CrawlerMain, ReportsWhatThereIsWhenInterrupted) {
  CrawlerProgram program = simple_program();
  program.crawl = [](const CrawlJob& job) {
    CrawlJob interrupted = job;
    int pages = 0;
    interrupted.on_page = [&pages](const PageResult&, const Response&) {
      if (++pages == 2) std::raise(SIGINT);
    };
    return crawl_simply(interrupted);
  };
  std::signal(SIGINT, SIG_DFL);  // these tests may be a background job, in which it is ignored
  const Ended done = run({"--pages", "5", "--delay", "0"}, program);
  EXPECT_EQ(done.status, 130);
  EXPECT_THAT(done.out, HasSubstr("fetched      2 pages"));
  EXPECT_THAT(done.out, HasSubstr("not fetched  3 URLs: the crawl was interrupted"));
}

TEST(CrawlerMain, ShowsNoProgressWithoutATerminal) {
  const Ended done = run({"--pages", "4", "--delay", "50ms"});
  EXPECT_THAT(done.err, testing::EndsWith("each answered after 50 ms\n"));
}

TEST(CrawlerMain, ShowsAndErasesProgressOnATerminal) {
  const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY);
  ASSERT_GE(terminal, 0);
  ASSERT_EQ(::grantpt(terminal), 0);
  ASSERT_EQ(::unlockpt(terminal), 0);
  const int status = status_of_process([terminal] {
    const int side = ::open(::ptsname(terminal), O_RDWR | O_NOCTTY);
    ::dup2(side, STDERR_FILENO);
    if (!std::freopen("/dev/null", "w", stdout)) return 98;
    std::vector<std::string> words = {"crawler", "--pages", "6", "--delay", "50ms"};
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    return crawler_main(static_cast<int>(argv.size()), argv.data(), simple_program());
  });
  EXPECT_EQ(status, 0);
  std::string shown;
  char chunk[4096];
  for (ssize_t n = 0; (n = ::read(terminal, chunk, sizeof chunk)) > 0;) shown.append(chunk, n);
  ::close(terminal);
  EXPECT_THAT(shown, HasSubstr(" done, 0 in flight, "));
  EXPECT_THAT(shown, HasSubstr(" queued, 0 failed, "));
  EXPECT_TRUE(shown.ends_with("\r\033[K")) << shown;
}

TEST(CrawlerMain, FailsIfTheReportCannotBeWritten) {
  for (const bool full_disk : {false, true}) {
    testing::internal::CaptureStderr();
    const int status = status_of_process([full_disk] {
      int ends[2];
      if (::pipe(ends) != 0) return 99;
      ::close(ends[0]);  // nobody reads
      ::dup2(ends[1], STDOUT_FILENO);
      if (full_disk && !std::freopen("/dev/full", "w", stdout)) return 98;
      CrawlerProgram program = simple_program();
      program.crawl = [](const CrawlJob&) { return CrawlReport{}; };
      std::string name = "crawler";
      std::string url = "127.0.0.1";
      char* argv[] = {name.data(), url.data(), nullptr};
      return crawler_main(2, argv, program);
    });
    EXPECT_EQ(status, 1);
    EXPECT_THAT(testing::internal::GetCapturedStderr(),
                StartsWith("crawler: the report could not be written: "));
  }
}

}  // namespace
}  // namespace common
