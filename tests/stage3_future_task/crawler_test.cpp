// Stage 3's Fetch, resumed by hand, without a Task: it is a machine like those that PEP 342's rules
// are tested with.
#include "stage3_future_task/crawler.h"

#include <gtest/gtest.h>

#include <exception>
#include <stdexcept>

#include "common/crawl/attempt.h"
#include "tests/common/net_peer.h"

namespace {

using namespace stage3;

struct Thrown {};

TEST(Fetch, IsFinishedByAnErrorThatIsThrownWhereItWaits) {
  common::testing::Listener silent;
  silent.listen();
  common::Timing timing;
  common::Attempt attempt;
  attempt.address = silent.endpoint();
  attempt.timing = &timing;
  EventLoop loop;
  Fetch fetch(loop, attempt);

  Sent start;
  ASSERT_FALSE(fetch.resume(start).returned());
  Sent error{{}, std::make_exception_ptr(Thrown())};
  EXPECT_THROW(fetch.resume(error), Thrown);
  EXPECT_THROW(fetch.resume(start), std::logic_error);
}

}  // namespace
