// Every way in which a server, a network or a kernel can be hostile, against every crawler: each
// ends with its one outcome, in time, and leaves nothing behind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/time.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <string>
#include <tuple>
#include <vector>

#include "common/crawl/crawl_error.h"
#include "common/crawl/interrupt.h"
#include "common/site/site_process.h"
#include "contrary_kernel.h"
#include "crawlers.h"
#include "leftovers.h"
#include "raw_server.h"
#include "silent_port.h"

namespace {

using common::Clock;
using common::CrawlError;
using common::CrawlJob;
using common::CrawlReport;
using common::PageResult;
using std::chrono::milliseconds;
using std::chrono::seconds;
using namespace std::string_literals;

// ---- what a server can answer
// --------------------------------------------------------------------------------------

const std::string ok = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n";
const std::string whole = ok + "Content-Length: 5\r\n\r\nwhole";
const std::string chunked = ok + "Transfer-Encoding: chunked\r\n\r\n";

struct Fault {
  std::string name;
  RawServer::Handler serve;
  CrawlError error = {};       // none: a fetched page
  std::size_t body_bytes = 5;  // if it is fetched
  int status = 200;            // if it is fetched
  milliseconds timeout = seconds(20);
};

void PrintTo(const Fault& fault, std::ostream* out) { *out << fault.name; }

// Reads the request, sends `bytes` and closes.
RawServer::Handler answer(std::string bytes) {
  return [bytes = std::move(bytes)](const RawConnection& peer) {
    peer.read_request();
    peer.send(bytes);
    peer.half_close();
    peer.wait_for_close();  // closing with unread bytes would be a reset
  };
}

// The same, then a reset in place of the end of the stream.
RawServer::Handler answer_and_reset(std::string bytes) {
  return [bytes = std::move(bytes)](const RawConnection& peer) {
    peer.read_request();
    peer.send(bytes);
    peer.reset_when_closed();
  };
}

// `first`, then `more` for ever.
RawServer::Handler endless(std::string first, std::string more) {
  return [first = std::move(first), more = std::move(more)](const RawConnection& peer) {
    peer.read_request();
    peer.send(first);
    while (peer.send(more)) continue;
  };
}

RawServer::Handler dripped(std::string bytes, milliseconds pause) {
  return [bytes = std::move(bytes), pause](const RawConnection& peer) {
    peer.read_request();
    peer.drip(bytes, pause);
  };
}

std::string repeated(std::size_t count, const std::string& text) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

std::vector<Fault> all_faults() {
  using enum CrawlError;
  const auto field = [](const std::string& line) { return answer(ok + line + "\r\n\r\nwhole"); };
  return {
      {"NothingWrong", answer(whole)},
      // The connection ends.
      {"ClosedWithNoByte", answer(""), closed_early},
      {"ResetWithNoByte", answer_and_reset(""), connection_reset},
      {"ResetInMidBody", answer_and_reset(ok + "Content-Length: 5\r\n\r\nwh"), connection_reset},
      {"EndInMidBody", answer(ok + "Content-Length: 5\r\n\r\nwh"), closed_early},
      {"EndInsideTheHeaders", answer("HTTP/1.1 200 OK\r\nContent-Le"), closed_early},
      {"StatusLineOnly", answer("HTTP/1.1 200 OK\r\n"), closed_early},
      {"MoreThanContentLength", answer(whole + " and more")},
      {"WholeThenHalfClose", answer(whole)},
      {"WholeThenReset", answer_and_reset(whole)},
      {"BodyToTheEndOfTheStream", answer(ok + "\r\nwhole")},
      {"Http10", answer("HTTP/1.0 200 OK\r\n\r\nwhole")},
      // Chunks.
      {"Chunked", answer(chunked + "5\r\nwhole\r\n0\r\n\r\n")},
      {"ChunkedWithExtensionsAndTrailers",
       answer(chunked + "2;a=b;c=\"d\"\r\nwh\r\n3\r\nole\r\n0\r\nX-Sum: 1\r\n\r\n")},
      {"ChunkedCutAtABoundary", answer(chunked + "5\r\nwhole\r\n"), closed_early},
      {"ChunkWithABadSize", answer(chunked + "five\r\nwhole\r\n0\r\n\r\n"), bad_response},
      {"ChunkWithAnOverflowingSize", answer(chunked + "fffffffffffffffff\r\nwhole\r\n0\r\n\r\n"),
       bad_response},
      {"ChunkWithoutItsCrlf", answer(chunked + "5\r\nwhole0\r\n\r\n"), bad_response},
      // Lengths.
      {"TransferEncodingAndContentLength", field("Transfer-Encoding: chunked\r\nContent-Length: 5"),
       bad_response},
      {"TwoDifferentContentLengths", field("Content-Length: 5\r\nContent-Length: 6"), bad_response},
      {"NegativeContentLength", field("Content-Length: -5"), bad_response},
      {"ContentLengthThatIsNoNumber", field("Content-Length: five"), bad_response},
      {"UnknownTransferEncoding", field("Transfer-Encoding: rot13"), bad_response},
      // Headers.
      {"AHeaderOf32KiB", field("X: " + repeated(32 * 1024, "x") + "\r\nContent-Length: 5")},
      {"FloodOfHeaders",
       endless(ok, repeated(100, "X-Flood: again and again and again and again\r\n")),
       headers_too_large},
      {"OneEndlessHeader", endless(ok + "X: ", repeated(1000, "x")), headers_too_large},
      {"ConnectionThatIsNoList", field("Connection: keep-alive;\r\nContent-Length: 5")},
      {"ControlCharacterInAField", field("Server: a\x01\x7F\r\nContent-Length: 5")},
      {"ListWithAnEmptyElement",
       answer(ok + "Transfer-Encoding: chunked,\r\n\r\n5\r\nwhole\r\n0\r\n\r\n")},
      {"ChunkSizeFollowedBySpaces", answer(chunked + "5  \r\nwhole\r\n0 \r\n\r\n")},
      {"TrailerThatIsNoList",
       answer(chunked + "5\r\nwhole\r\n0\r\nConnection: keep-alive;\r\n\r\n")},
      {"TwoDifferentLocations",
       answer("HTTP/1.1 302 Found\r\nLocation: /a\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n"),
       bad_redirect},
      {"FoldedLength", field("Content-Length:\r\n 5"), bad_response},
      {"NulInAHeader", field("X: a\0b\r\nContent-Length: 5"s), bad_response},
      {"NotHttpAtAll", answer("SSH-2.0-OpenSSH_9.2\r\n"), bad_response},
      {"BinaryNoise", answer(repeated(100, "\xff\0\x01\x80"s)), bad_response},
      // Statuses.
      {"OneInterimAnswer", answer("HTTP/1.1 100 Continue\r\n\r\n" + whole)},
      {"ManyInterimAnswers",
       answer(repeated(50, "HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n") + whole)},
      {"NoContent", answer("HTTP/1.1 204 No Content\r\n\r\n"), {}, 0, 204},
      {"NotModifiedWithALengthThatIsNoNumber",
       answer("HTTP/1.1 304 Not Modified\r\nContent-Length: abc\r\n\r\n"),
       {},
       0,
       304},
      {"NotModified", answer("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"), {}, 0, 304},
      // Bodies.
      {"EndlessChunks", endless(chunked, "400\r\n" + repeated(1024, "x") + "\r\n"), body_too_large},
      {"EndlessStream", endless(ok + "\r\n", repeated(1024, "x")), body_too_large},
      {"AnnouncedTooLarge", answer(ok + "Content-Length: 99999999999\r\n\r\n"), body_too_large},
      {"GzipThatNobodyAskedFor", field("Content-Encoding: gzip\r\nContent-Length: 5")},
      // Time.
      {"DrippedInTime", dripped(whole, milliseconds(0))},
      {"HeadDrippedTooSlowly", dripped(ok + repeated(1000, "x"), milliseconds(10)), timed_out, 0, 0,
       milliseconds(200)},
      {"BodyDrippedTooSlowly",
       [](const RawConnection& peer) {
         peer.read_request();
         peer.send(ok + "\r\n");
         peer.drip(repeated(1000, "x"), milliseconds(10));
       },
       timed_out, 0, 0, milliseconds(200)},
      {"NeverAnswers",
       [](const RawConnection& peer) {
         peer.read_request();
         peer.wait_for_close();
       },
       timed_out, 0, 0, milliseconds(200)},
  };
}

const std::vector<Fault>& faults() {
  static const auto all = all_faults();
  return all;
}

class Faults : public testing::TestWithParam<std::tuple<Crawler, Fault>> {};

TEST_P(Faults, EndWithTheirOneOutcomeInTime) {
  const auto& [crawler, fault] = GetParam();
  const Leftovers leftovers;
  const RawServer server(fault.serve);
  CrawlJob job;
  job.urls = {server.url()};
  job.max_tries = 1;
  job.max_body = 100'000;
  job.timeout = fault.timeout;
  const auto start = Clock::now();
  const auto report = crawler.run(job);
  EXPECT_LT(Clock::now() - start, seconds(10));
  ASSERT_EQ(report.pages.size(), 1);
  const auto& page = report.pages[0];
  if (fault.error != CrawlError{}) {
    EXPECT_EQ(page.error, fault.error) << page.error.message() << " " << page.detail;
  } else {
    EXPECT_TRUE(page.fetched()) << page.error.message() << " " << page.detail;
    EXPECT_EQ(page.status, fault.status);
    EXPECT_EQ(page.body_bytes, fault.body_bytes);
  }
  EXPECT_EQ(report.selector.registered, report.selector.unregistered);
}

INSTANTIATE_TEST_SUITE_P(All, Faults,
                         testing::Combine(testing::ValuesIn(crawlers()),
                                          testing::ValuesIn(faults())),
                         [](const auto& info) {
                           return std::get<0>(info.param).name + "_" + std::get<1>(info.param).name;
                         });

// ---- what needs more than one answer
// -------------------------------------------------------------------------------

class Hostile : public testing::TestWithParam<Crawler> {
 protected:
  static CrawlJob job(std::vector<std::string> urls) {
    CrawlJob job;
    job.urls = std::move(urls);
    job.max_tries = 1;
    return job;
  }

  const Leftovers leftovers;
};

INSTANTIATE_TEST_SUITE_P(All, Hostile, testing::ValuesIn(crawlers()), crawler_name);

// As long as a URL may be: more than fits into the smallest buffers that a kernel has.
std::string longest_path() { return "/" + std::string(8000, 'x'); }

TEST_P(Hostile, AServerThatStopsReadingOurRequestEndsWithTheDeadline) {
  const ContraryKernel kernel(ContraryKernel::small_buffers);
  const RawServer server([](const RawConnection& peer) { peer.wait_unread(); },
                         RawServer::Buffers::small);
  auto slow = job({server.url(longest_path())});
  slow.timeout = milliseconds(300);
  const auto report = GetParam().run(slow);
  ASSERT_EQ(report.pages.size(), 1);
  EXPECT_EQ(report.pages[0].error, CrawlError::timed_out) << report.pages[0].error.message();
  EXPECT_EQ(report.pages[0].sent > report.pages[0].connected, true);
}

TEST_P(Hostile, AServerThatIsGoneWhileWeSendEndsWithAnErrorAndNoSignal) {
  const ContraryKernel kernel(ContraryKernel::small_buffers);
  const RawServer server([](const RawConnection& peer) { peer.reset_when_closed(); },
                         RawServer::Buffers::small);
  const auto report = GetParam().run(job({server.url(longest_path())}));
  ASSERT_EQ(report.pages.size(), 1);
  EXPECT_EQ(report.pages[0].error, CrawlError::connection_reset) << report.pages[0].detail;
}

TEST_P(Hostile, SignalsInterruptingEveryCallChangeNothing) {
  static std::atomic<int> signals;
  struct sigaction action{};
  action.sa_handler = [](int) { ++signals; };  // and no SA_RESTART
  struct sigaction before{};
  ::sigaction(SIGALRM, &action, &before);
  const itimerval often{.it_interval = {0, 3000}, .it_value = {0, 3000}};
  const itimerval never{};
  ::setitimer(ITIMER_REAL, &often, nullptr);

  const RawServer good(dripped(whole, milliseconds(1)));
  const auto fetched = GetParam().run(job({good.url()}));
  const RawServer silent([](const RawConnection& peer) { peer.wait_for_close(); });
  auto stalled = job({silent.url()});
  stalled.timeout = milliseconds(200);
  const auto start = Clock::now();
  const auto timed_out = GetParam().run(stalled);
  const auto took = Clock::now() - start;

  ::setitimer(ITIMER_REAL, &never, nullptr);
  ::sigaction(SIGALRM, &before, nullptr);
  EXPECT_GT(signals, 10);
  ASSERT_EQ(fetched.pages.size(), 1);
  EXPECT_TRUE(fetched.pages[0].fetched())
      << fetched.pages[0].error.message() << " " << fetched.pages[0].detail;
  ASSERT_EQ(timed_out.pages.size(), 1);
  EXPECT_EQ(timed_out.pages[0].error, CrawlError::timed_out);
  EXPECT_LT(took, seconds(5));
}

TEST_P(Hostile, AConnectThatSucceedsAtOnce) {
  const RawServer server(answer(whole));
  const ContraryKernel kernel(ContraryKernel::connects_at_once);
  EXPECT_EQ(GetParam().run(job({server.url()})).fetched(), 1);
}

TEST_P(Hostile, ASendThatTakesByteByByte) {
  const RawServer server(answer(whole));
  const ContraryKernel kernel(ContraryKernel::sends_byte_by_byte);
  EXPECT_EQ(GetParam().run(job({server.url()})).fetched(), 1);
  if (GetParam().variant != "processes") {
    EXPECT_GT(ContraryKernel::count(), 50);
  }
}

TEST_P(Hostile, AReadinessThatWasAFalseAlarm) {
  const RawServer server(dripped(whole, milliseconds(0)));
  const ContraryKernel kernel(ContraryKernel::false_alarms);
  EXPECT_EQ(GetParam().run(job({server.url()})).fetched(), 1);
  if (GetParam().variant != "processes") {
    EXPECT_GT(ContraryKernel::count(), 0);
  }
}

// What is thrown here nobody expected: in stage 2 it tears through the loop, and only the deadline
// still knows of the page.
TEST_P(Hostile, RefusedRegistrationFailsOnlyItsPage) {
  const RawServer server(answer(whole));
  const ContraryKernel kernel(ContraryKernel::refuses_to_watch);
  auto three = job({server.url("/1"), server.url("/2"), server.url("/3")});
  three.timeout = milliseconds(300);
  const auto report = GetParam().run(three);
  const auto refused = ContraryKernel::count() > 0 ? 1 : 0;  // whoever does without epoll is not
  EXPECT_EQ(refused == 1,
            GetParam().has_loop && GetParam().selector == common::Selector::Kind::epoll);
  ASSERT_EQ(report.pages.size(), 3);
  EXPECT_EQ(report.failed(), refused);
  EXPECT_EQ(report.remaining.size(), 0);
}

// The answer is there, complete, when the loop is stopped; whose turn it is only then shall not
// lose it.
TEST_P(Hostile, CtrlCTogetherWithTheAnswerKeepsIt) {
  const auto& variant = GetParam().variant;
  if (variant == "processes") GTEST_SKIP() << "the signal would be the child's";
  if (variant == "busy") GTEST_SKIP() << "asks for the time before it looks at what it has";
  const RawServer server(answer(whole));
  common::Interrupt interrupt;
  std::signal(SIGINT, SIG_DFL);  // these tests may be a background job, in which it is ignored
  const common::Interrupt::Handlers handlers(interrupt);
  auto one = job({server.url()});
  one.interrupt = &interrupt;
  const ContraryKernel kernel(ContraryKernel::ctrl_c);
  const auto report = GetParam().run(one);
  EXPECT_TRUE(report.interrupted);
  ASSERT_EQ(report.pages.size(), 1);
  EXPECT_TRUE(report.pages[0].fetched()) << report.pages[0].error.message();
}

TEST_P(Hostile, AHostThatDoesNotExist) {
  // A label may have 63 characters: the resolver knows without asking anybody.
  const auto report = GetParam().run(job({"http://" + std::string(64, 'x') + ".invalid/"}));
  ASSERT_EQ(report.pages.size(), 1);
  EXPECT_EQ(report.pages[0].error, CrawlError::name_not_found);
  EXPECT_EQ(report.exit_status(), 1);
}

TEST_P(Hostile, NameServerAnsweringTheSecondTimeIsEnough) {
  const RawServer server(answer(whole));
  const ContraryKernel kernel(ContraryKernel::slow_name_server);
  auto twice = job({"http://localhost:" + std::to_string(server.port()) + "/"});
  twice.max_tries = 2;
  const auto report = GetParam().run(twice);
  EXPECT_GE(ContraryKernel::count(), 2);
  ASSERT_EQ(report.pages.size(), 1);
  EXPECT_TRUE(report.pages[0].fetched()) << report.pages[0].message();
  EXPECT_EQ(report.pages[0].tries, 2);
}

class TwoAddresses : public Hostile {
 protected:
  // Crawls a host of two addresses: `first`, and then the server's.
  PageResult crawl(SilentPort::Manner first) const {
    const RawServer server(answer(whole));
    const std::string port = std::to_string(server.port());
    const SilentPort dead(first, "127.0.0.2", server.port());
    const ContraryKernel kernel(ContraryKernel::two_addresses);
    auto both = job({"http://two-addresses:" + port + "/"});
    both.connect_timeout = milliseconds(300);
    const auto report = GetParam().run(both);
    EXPECT_EQ(report.pages.size(), 1);
    const auto& page = report.pages.at(0);
    EXPECT_TRUE(page.fetched()) << page.error.message() << " " << page.detail;
    EXPECT_EQ(page.address.value().to_string(), "127.0.0.1:" + port);
    EXPECT_EQ(page.tries, 1) << "the next address is no new try";
    return page;
  }
};

INSTANTIATE_TEST_SUITE_P(All, TwoAddresses, testing::ValuesIn(crawlers()), crawler_name);

TEST_P(TwoAddresses, TheFirstRefusesTheSecondIsFine) {
  EXPECT_LT(crawl(SilentPort::refuses).done, seconds(5));
}

TEST_P(TwoAddresses, TheFirstNeverAnswersTheSecondIsFine) {
  const auto page = crawl(SilentPort::drops);
  EXPECT_GE(page.done, milliseconds(300)) << "the first was not given its time";
  EXPECT_LT(page.done, seconds(5));
}

TEST_P(Hostile, RunningOutOfDescriptorsSlowsTheCrawlDownAndFailsNoPage) {
  const common::SiteProcess site({.pages = 100, .delay = milliseconds(5)});
  std::vector<std::string> urls;
  for (int i = 1; i < 100; ++i) urls.push_back(site.url("/" + std::to_string(i)));
  auto many = job(urls);
  many.concurrency = 200;

  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const rlimit few{.rlim_cur = 40, .rlim_max = before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &few);
  rusage used{}, used_after{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto report = GetParam().run(many);
  ::getrusage(RUSAGE_SELF, &used_after);
  ::setrlimit(RLIMIT_NOFILE, &before);

  EXPECT_EQ(report.fetched(), 99);
  EXPECT_EQ(report.failed(), 0);
  EXPECT_EQ(report.remaining.size(), 0);
  for (const auto& page : report.pages) EXPECT_EQ(page.tries, 1) << "going back is no try";
  if (GetParam().variant != "busy") {
    EXPECT_LT(used_after.ru_utime.tv_sec - used.ru_utime.tv_sec, 3) << "it spins";
  }
}

}  // namespace
