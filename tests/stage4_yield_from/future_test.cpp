// A Future that one may wait for like any machine (§4.5.2, fig. 16). All else about it is tested in
// stage 3.
#include "stage4_yield_from/future.h"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>

#include "stage4_yield_from/generator.h"
#include "stage4_yield_from/yield_from.h"

namespace {

using namespace stage4;

TEST(Stage4Future, GivesItsResultWithoutYieldingIfItIsDone) {
  auto future = std::make_shared<Future>();
  future->set_result("value");
  Sent sent;
  auto step = yield_from(*future, sent);
  ASSERT_TRUE(step.returned());
  EXPECT_EQ(step.value(), "value");
}

TEST(Stage4Future, TakesTheSentValueSoTheNextChildGetsNone) {
  auto future = std::make_shared<Future>();
  future->set_result("value");
  Sent sent{"value", nullptr};
  yield_from(*future, sent);
  EXPECT_EQ(sent.value, "");
}

TEST(Stage4Future, YieldsItselfWhilePending) {
  auto future = std::make_shared<Future>();
  Sent sent;
  auto step = yield_from(*future, sent);
  ASSERT_FALSE(step.returned());
  EXPECT_EQ(step.yielded().future, future);
}

TEST(Stage4Future, ThrowsItsExceptionIfItIsDoneWithOne) {
  auto future = std::make_shared<Future>();
  future->set_exception(std::make_exception_ptr(std::runtime_error("broken")));
  Sent sent;
  EXPECT_THROW(yield_from(*future, sent), std::runtime_error);
}

}  // namespace
