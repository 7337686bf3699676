// Exercise 3. The test of start/host_cap.h, or of the solution.
#include "host_cap.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/net/endpoint.h"
#include "common/net/timing.h"
#include "common/site/practice_site.h"
#include "stage2_callbacks/crawler.h"
#include "stage2_callbacks/event_loop.h"

namespace {

using stage2::EventLoop;
using std::chrono::milliseconds;

class HostCapTest : public testing::Test {
 protected:
  // Something that goes on until `end(name)`.
  void run(const std::string& host, const std::string& name) {
    cap.run(host, [this, name](HostCap::Done done) {
      begun += name;
      ends[name] = std::move(done);
    });
  }
  void end(const std::string& name) { ends.at(name)(); }

  EventLoop loop;
  HostCap cap{loop, 2};
  std::string begun;
  std::map<std::string, HostCap::Done> ends;
};

TEST_F(HostCapTest, LetsAsManyBeginAtOnceAsItAllows) {
  run("here", "a");
  run("here", "b");
  run("here", "c");
  EXPECT_EQ(begun, "ab");
}

TEST_F(HostCapTest, LetsTheNextBeginWhenOneHasEndedInTheirOrder) {
  for (const auto* name : {"a", "b", "c", "d"}) run("here", name);
  end("b");
  EXPECT_EQ(begun, "ab") << "not from inside `done`";
  loop.run();
  EXPECT_EQ(begun, "abc");
  end("a");
  end("c");
  loop.run();
  EXPECT_EQ(begun, "abcd");
  end("d");
  loop.run();
  for (const auto* name : {"e", "f", "g"}) run("here", name);
  EXPECT_EQ(begun, "abcdef") << "all places were free again";
}

TEST_F(HostCapTest, CountsEachHostByItself) {
  run("here", "a");
  run("here", "b");
  run("here", "c");
  run("there", "d");
  EXPECT_EQ(begun, "abd");
}

TEST_F(HostCapTest, TakesDoneOnlyOnce) {
  for (const auto* name : {"a", "b", "c", "d"}) run("here", name);
  end("a");
  end("a");
  loop.run();
  end("a");
  loop.run();
  EXPECT_EQ(begun, "abc");
}

TEST_F(HostCapTest, WaitersKeepTheirOrderWhenASlotBecomesFree) {
  for (const auto* name : {"a", "b", "c"}) run("here", name);
  end("a");
  run("here", "d");  // a's place is c's
  loop.run();
  EXPECT_EQ(begun, "abc");
}

TEST_F(HostCapTest, NeedsNoStackForThoseThatEndAtOnce) {
  int ended = 0;
  run("here", "a");
  run("here", "b");
  for (int i = 0; i < 100'000; ++i) {
    cap.run("here", [&](HostCap::Done done) {
      ++ended;
      done();
    });
  }
  EXPECT_EQ(ended, 0);
  end("a");
  loop.run();
  EXPECT_EQ(ended, 100'000);
}

TEST_F(HostCapTest, HoldsCrawlersOfStage2) {
  common::PracticeSite site({.delay = milliseconds(5)});
  struct Fetch {
    common::Timing timing;
    std::unique_ptr<stage2::Crawler> crawler;
  };
  std::vector<Fetch> fetches(10);
  int fetched = 0;
  int going_on = 0;
  for (std::size_t i = 0; i < fetches.size(); ++i) {
    auto& fetch = fetches[i];
    common::Attempt attempt{.id = i,
                            .url = "/",
                            .address = *common::Endpoint::parse("127.0.0.1", site.port()),
                            .request = "GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n",
                            .max_body = 1'000'000,
                            .timing = &fetch.timing};
    cap.run("here", [&, attempt](HostCap::Done done) {
      EXPECT_LE(++going_on, 2);
      auto finished = [&, done](std::error_code error, const common::Response&) {
        if (!error) ++fetched;
        --going_on;
        done();
      };
      fetch.crawler = std::make_unique<stage2::Crawler>(loop, attempt, finished);
      fetch.crawler->fetch();
    });
  }
  loop.run();
  EXPECT_EQ(fetched, 10);
}

}  // namespace
