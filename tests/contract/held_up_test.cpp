// A crawler that is held up, by a page that takes long to handle or because it was stopped, loses
// no answer that had come by then; and one that is not waits no longer than it should.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <string>
#include <thread>
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
using std::chrono::milliseconds;
using std::chrono::seconds;

std::string answer_of(std::size_t body_bytes) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body_bytes) + "\r\n\r\n" +
         std::string(body_bytes, 'x');
}

class HeldUp : public testing::TestWithParam<Crawler> {
 protected:
  static constexpr auto timeout = milliseconds(400);
  static constexpr std::size_t others = 4;

  // Fetches a page whose handling takes until every other page has been answered and its time is
  // up, and the others beside it, if the crawler fetches pages side by side.
  static void crawl(std::size_t body_bytes) {
    std::atomic<std::size_t> answering = 0;
    const bool alone = GetParam().one_at_a_time;
    const RawServer server([&](const RawConnection& peer) {
      const auto path = peer.read_request();
      const bool hold = path == "/hold";
      while (hold && !alone && answering < others) std::this_thread::yield();
      const auto answer = answer_of(hold ? 1 : body_bytes);
      // What fits into the kernel's smallest buffers is there before the loop goes on.
      peer.send(answer.substr(0, 8192));
      if (!hold) ++answering;
      if (answer.size() > 8192) peer.send(answer.substr(8192));
      peer.wait_for_close();
    });
    CrawlJob job;
    job.timeout = timeout;
    job.connect_timeout = timeout;
    job.max_tries = 1;
    job.urls = {server.url("/hold")};
    for (std::size_t i = 0; i < others; ++i)
      job.urls.push_back(server.url("/" + std::to_string(i)));
    job.on_page = [&](const PageResult& page, const common::Response&) {
      if (!page.url.ends_with("/hold")) return;
      const auto until = Clock::now() + timeout + milliseconds(100);
      std::this_thread::sleep_until(until);
    };
    const auto report = GetParam().run(job);
    EXPECT_EQ(report.fetched(), 1 + others);
    for (const auto& page : report.pages) {
      EXPECT_TRUE(page.fetched()) << page.url << ": " << page.error.message();
    }
    EXPECT_EQ(report.selector.registered, report.selector.unregistered);
  }

  const Leftovers leftovers;
};

INSTANTIATE_TEST_SUITE_P(All, HeldUp, testing::ValuesIn(crawlers()), crawler_name);

TEST_P(HeldUp, LosesNoShortAnswer) { crawl(5); }
TEST_P(HeldUp, LosesNoAnswerLongerThanOneRecvOfStages2To4) { crawl(4096 * 3); }
TEST_P(HeldUp, LosesNoAnswerLongerThanOneRecvOfStage5) { crawl(65536 * 3); }

// The connection is in the kernel's hands when the loop is held up; the request has not gone out.
TEST_P(HeldUp, LosesNoConnectionMadeMeanwhile) {
  std::atomic<int> connected = 0;
  const RawServer server([&](const RawConnection& peer) {
    ++connected;
    peer.read_request();
    peer.send(answer_of(5));
    peer.wait_for_close();
  });
  CrawlJob job;
  job.connect_timeout = milliseconds(200);
  job.max_tries = 1;
  for (int i = 0; i < 6; ++i) job.urls.push_back(server.url("/" + std::to_string(i)));
  job.concurrency = 3;  // the fourth is connected to when the first has been reported, and so on
  job.on_page = [&](const PageResult&, const common::Response&) {
    std::this_thread::sleep_for(milliseconds(250));
  };
  const auto report = GetParam().run(job);
  EXPECT_EQ(report.fetched(), 6);
  for (const auto& page : report.pages) EXPECT_TRUE(page.fetched()) << page.error.message();
}

#if !defined(__SANITIZE_THREAD__)
// Stopped (SIGSTOP) past the deadlines of all pages in flight; each answer comes meanwhile.
TEST_P(HeldUp, LosesNothingWhileTheProcessIsStopped) {
  std::atomic<std::size_t> asked = 0;
  std::atomic<bool> stopped = false;
  const std::size_t pages = GetParam().one_at_a_time ? 1 : 3;
  const RawServer server([&](const RawConnection& peer) {
    peer.read_request();
    ++asked;
    while (!stopped) std::this_thread::yield();
    peer.send(answer_of(10'000));
    peer.wait_for_close();
  });
  CrawlJob job;
  job.timeout = milliseconds(500);
  job.max_tries = 1;
  for (std::size_t i = 0; i < pages; ++i) job.urls.push_back(server.url("/" + std::to_string(i)));
  const pid_t child = ::fork();
  if (child == 0) {
    ::setpgid(0, 0);  // with the processes that it may start
    const auto report = GetParam().run(job);
    ::_exit(static_cast<int>(report.failed()));
  }
  while (asked < pages) std::this_thread::yield();
  ::kill(-child, SIGSTOP);
  int status = 0;
  ::waitpid(child, &status, WUNTRACED);
  ASSERT_TRUE(WIFSTOPPED(status));
  stopped = true;
  std::this_thread::sleep_for(milliseconds(700));  // the deadlines pass
  ::kill(-child, SIGCONT);
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0) << "so many pages were lost";
}
#endif

// Nobody is held up, and bytes keep coming: one every few milliseconds is too slow.
TEST_P(HeldUp, ADripStillTimesOut) {
  for (const auto pause : {milliseconds(1), milliseconds(10)}) {
    const RawServer server([&](const RawConnection& peer) {
      peer.read_request();
      peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
      peer.drip(std::string(100'000, 'x'), pause);
    });
    CrawlJob job;
    job.urls = {server.url()};
    job.timeout = milliseconds(200);
    job.max_tries = 1;
    const auto start = Clock::now();
    const auto report = GetParam().run(job);
    EXPECT_LT(Clock::now() - start, seconds(5));
    ASSERT_EQ(report.pages.size(), 1);
    EXPECT_EQ(report.pages[0].error, CrawlError::timed_out) << report.pages[0].error.message();
  }
}

// There is always something to read, past the deadline too: the limit of size ends it.
TEST_P(HeldUp, AnEndlessStreamIsTooLarge) {
  const RawServer server([&](const RawConnection& peer) {
    peer.read_request();
    peer.send("HTTP/1.1 200 OK\r\n\r\n");
    while (peer.send(std::string(65536, 'x'))) continue;
  });
  CrawlJob job;
  job.urls = {server.url()};
  job.max_body = 1'000'000;
  job.max_tries = 1;
  const auto report = GetParam().run(job);
  ASSERT_EQ(report.pages.size(), 1);
  EXPECT_EQ(report.pages[0].error, CrawlError::body_too_large) << report.pages[0].error.message();
}

}  // namespace
