// Exercise 16. The test of start/shield.h, or of the solution.
#include "shield.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include "stage5_native_coroutines/errors.h"
#include "stage5_native_coroutines/future.h"
#include "stage5_native_coroutines/task.h"
#include "stage5_native_coroutines/timeout.h"
#include "tests/stage5_native_coroutines/runtime_tools.h"

namespace {

class ShieldTest : public Runtime {
 protected:
  ShieldTest() : inner(std::make_shared<Task<std::string>>(*loop, nested(2, &future))) {}

  Future<std::string> future;
  std::shared_ptr<Task<std::string>> inner;
};

TEST_F(ShieldTest, GivesTheResultOfTheTask) {
  future.set_result("value");
  EXPECT_EQ(run(shield(inner)), "value");
  EXPECT_EQ(run(shield(inner)), "value") << "it is done already, and has it still";
}

TEST_F(ShieldTest, ThrowsTheExceptionOfTheTask) {
  future.set_exception(error("broken"));
  EXPECT_THROW(run(shield(inner)), std::runtime_error);
}

TEST_F(ShieldTest, TaskContinuesIfItsWaiterIsCancelled) {
  Task<std::string> outer(*loop, shield(inner));
  run();
  outer.cancel();
  run();
  EXPECT_TRUE(outer.cancelled());
  EXPECT_FALSE(inner->done());
  future.set_result("value");
  run();
  ASSERT_TRUE(inner->done());
  EXPECT_EQ(inner->result(), "value");
}

TEST_F(ShieldTest, HoldsWhatATimeoutWouldHaveEnded) {
  EXPECT_THROW(run(timeout(Clock::now() + milliseconds(5), shield(inner))), std::system_error);
  ASSERT_FALSE(inner->done());
  future.set_result("value");
  EXPECT_EQ(run(shield(inner)), "value") << "one may wait for it once more";
}

TEST_F(ShieldTest, CancellingTheTaskItselfStillWorks) {
  Task<std::string> outer(*loop, shield(inner));
  run();
  inner->cancel();
  run();
  EXPECT_TRUE(inner->cancelled());
  EXPECT_TRUE(outer.cancelled()) << "it throws what came of the task";
}

TEST_F(ShieldTest, ServesSeveral) {
  Task<std::string> a(*loop, shield(inner));
  Task<std::string> b(*loop, shield(inner));
  Task<std::string> c(*loop, shield(inner));
  run();
  b.cancel();
  run();
  future.set_result("value");
  run();
  EXPECT_EQ(a.result(), "value");
  EXPECT_TRUE(b.cancelled());
  EXPECT_EQ(c.result(), "value");
}

TEST_F(ShieldTest, MayBeDestroyedInTheTurnInWhichTheTaskEnds) {
  std::optional<Task<std::string>> outer(std::in_place, *loop, shield(inner));
  run();
  future.set_result("value");                    // next turn: the task ends,
  loop->call_soon([&outer] { outer.reset(); });  // and this goes before it is told
  run();
  EXPECT_TRUE(inner->done());
}

}  // namespace
