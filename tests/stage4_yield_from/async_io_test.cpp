// The crawler's own machines, resumed by hand, without a Task (§4.5.2): each is finished by an
// error that is thrown where it waits, like the machines that the rules are tested with.
#include "stage4_yield_from/async_io.h"

#include <gtest/gtest.h>

#include <exception>
#include <stdexcept>
#include <string>

#include "common/crawl/attempt.h"
#include "stage4_yield_from/crawler.h"
#include "tests/common/net_peer.h"

namespace {

using namespace stage4;

struct Thrown {};

class CrawlerMachineTest : public testing::Test {
 protected:
  CrawlerMachineTest() { silent.listen(); }

  void connect() {
    Connect connecting(loop, sock, silent.endpoint());
    Sent start;
    const auto step = connecting.resume(start);
    step.yielded().future->add_done_callback([this](Future&) { loop.stop(); });
    loop.run();
    EXPECT_TRUE(connecting.resume(start).returned());
  }

  static void expect_finished_by_an_error(auto& machine) {
    Sent start;
    ASSERT_FALSE(machine.resume(start).returned());
    Sent error{{}, std::make_exception_ptr(Thrown())};
    EXPECT_THROW(machine.resume(error), Thrown);
    EXPECT_THROW(machine.resume(start), std::logic_error);
  }

  common::testing::Listener silent;  // never accepts, reads or answers
  EventLoop loop;
  common::Socket sock{AF_INET};
};

TEST_F(CrawlerMachineTest, ConnectIsFinishedByAnError) {
  Connect connecting(loop, sock, silent.endpoint());
  expect_finished_by_an_error(connecting);
}

TEST_F(CrawlerMachineTest, SendAllIsFinishedByAnError) {
  connect();
  const std::string more_than_fits(64'000'000, 'x');
  SendAll sending(loop, sock, more_than_fits);
  expect_finished_by_an_error(sending);
}

TEST_F(CrawlerMachineTest, ReadIsFinishedByAnError) {
  connect();
  Read reading(loop, sock);
  expect_finished_by_an_error(reading);
}

TEST_F(CrawlerMachineTest, ReadAllIsFinishedByAnError) {
  connect();
  ReadAll reading(loop, sock, 1000);
  expect_finished_by_an_error(reading);
}

TEST_F(CrawlerMachineTest, FetchIsFinishedByAnError) {
  common::Timing timing;
  common::Attempt attempt;
  attempt.address = silent.endpoint();
  attempt.timing = &timing;
  Fetch fetch(loop, attempt);
  expect_finished_by_an_error(fetch);
}

}  // namespace
