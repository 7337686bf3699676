// What goes wrong in the Frontier itself, which all crawlers share, comes out of `crawl`: soon, and
// with everything closed.
#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "crawlers.h"
#include "leftovers.h"
#include "raw_server.h"

namespace {

using common::Clock;
using common::CrawlJob;
using common::CrawlProgress;
using std::chrono::seconds;

// Answers each page, except those under /silent, about which it says nothing.
class Server {
 public:
  std::string url(const std::string& path) const { return server_.url(path); }
  std::uint16_t port() const { return server_.port(); }

  /// Answers only once so many silent pages have been asked for.
  void answer_after_silent(int count) { wanted_ = count; }

 private:
  void serve(const RawConnection& peer) {
    if (peer.read_request().starts_with("/silent")) {
      ++silent_;
    } else {
      while (silent_ < wanted_) std::this_thread::yield();
      peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwhole");
    }
    peer.wait_for_close();
  }

  std::atomic<int> silent_ = 0;
  std::atomic<int> wanted_ = 0;
  const RawServer server_{[this](const RawConnection& peer) { serve(peer); }};
};

class CrawlThrows : public testing::TestWithParam<Crawler> {
 protected:
  // The pages that are answered, and as many silent ones beside them as the crawler can wait for.
  CrawlJob job(int answered) {
    CrawlJob job;
    const int silent = GetParam().one_at_a_time ? 0 : 3;
    server.answer_after_silent(silent);
    job.concurrency = static_cast<std::size_t>(silent) + 1;
    job.max_tries = 1;
    for (int i = 0; i < silent; ++i) {
      job.urls.push_back(server.url("/silent" + std::to_string(i)));
    }
    for (int i = 0; i < answered; ++i) job.urls.push_back(server.url("/" + std::to_string(i)));
    return job;
  }

  const Leftovers leftovers;
  Server server;
  const common::TimePoint start = Clock::now();
  // Far less than the deadline of the silent pages. (Stage 1 hears of it every half second.)
  static constexpr auto soon = seconds(8);
};

INSTANTIATE_TEST_SUITE_P(All, CrawlThrows, testing::ValuesIn(crawlers()), crawler_name);

TEST_P(CrawlThrows, FirstProgressErrorIsThrown) {
  auto failing = job(3);
  int calls = 0;
  failing.on_progress = [&](const CrawlProgress&) {
    ++calls;
    throw std::runtime_error("thrown on purpose");
  };
  EXPECT_THROW(GetParam().run(failing), std::runtime_error);
  EXPECT_EQ(calls, 1);
  EXPECT_LT(Clock::now() - start, soon);
}

TEST_P(CrawlThrows, LaterProgressErrorIsThrown) {
  auto failing = job(8);
  int calls = 0;
  failing.on_progress = [&](const CrawlProgress&) {
    if (++calls == 5) throw 42;
  };
  EXPECT_THROW(GetParam().run(failing), int);
  EXPECT_EQ(calls, 5);
  EXPECT_LT(Clock::now() - start, soon);
}

TEST_P(CrawlThrows, LastProgressErrorIsThrown) {
  CrawlJob failing;
  failing.urls = {server.url("/")};
  failing.on_progress = [&](const CrawlProgress&) { throw std::runtime_error("the last"); };
  EXPECT_THROW(GetParam().run(failing), std::runtime_error);
}

// All pages are answered at once, and every report but the first comes when it is over already.
TEST_P(CrawlThrows, OnlyTheFirstErrorIsThrown) {
  CrawlJob failing;
  for (int i = 0; i < 20; ++i) failing.urls.push_back(server.url("/" + std::to_string(i)));
  std::vector<std::string> thrown;
  failing.on_progress = [&](const CrawlProgress&) {
    thrown.push_back(std::to_string(thrown.size()));
    throw std::runtime_error(thrown.back());
  };
  try {
    GetParam().run(failing);
    FAIL() << "nothing was thrown";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "0");
  }
  EXPECT_EQ(thrown.size(), 1);
}

#if defined(__GLIBC__)
// While this lives, no thread can be started: there is no room for a stack of that size.
class NoMoreThreads {
 public:
  NoMoreThreads() {
    pthread_attr_init(&attributes_);
    pthread_getattr_default_np(&attributes_);
    pthread_attr_getstacksize(&attributes_, &usual_);
  }
  NoMoreThreads(const NoMoreThreads&) = delete;
  NoMoreThreads& operator=(const NoMoreThreads&) = delete;
  ~NoMoreThreads() {
    set_stack_size(usual_);
    pthread_attr_destroy(&attributes_);
  }

  void from_now_on() { set_stack_size(std::size_t{1} << 60); }

 private:
  void set_stack_size(std::size_t size) {
    pthread_attr_setstacksize(&attributes_, size);
    ASSERT_EQ(pthread_setattr_default_np(&attributes_), 0);
  }

  pthread_attr_t attributes_;
  std::size_t usual_ = 0;
};

TEST_P(CrawlThrows, ResolverStartErrorIsThrown) {
  auto failing = job(1);
  failing.urls.push_back("http://localhost:" + std::to_string(server.port()) + "/");
  NoMoreThreads no_more_threads;
  failing.on_page = [&](auto&&...) { no_more_threads.from_now_on(); };
  EXPECT_THROW(GetParam().run(failing), std::system_error);
  EXPECT_LT(Clock::now() - start, soon);
}

TEST_P(CrawlThrows, ResolverStartErrorAtTheBeginningIsThrown) {
  CrawlJob failing;
  failing.urls = {"http://localhost:" + std::to_string(server.port()) + "/"};
  NoMoreThreads no_more_threads;
  no_more_threads.from_now_on();
  EXPECT_THROW(GetParam().run(failing), std::system_error);
}
#endif

}  // namespace
