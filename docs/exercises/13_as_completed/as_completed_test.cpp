// Exercise 13. The test of start/as_completed.h, or of the solution.
#include "as_completed.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "stage5_native_coroutines/errors.h"
#include "stage5_native_coroutines/future.h"
#include "stage5_native_coroutines/task.h"
#include "tests/stage5_native_coroutines/runtime_tools.h"

namespace {

Coroutine<std::string> wait_for(Future<std::string>* future) {
  Counted counted;
  co_return co_await *future;
}

using All = AsCompleted<std::string>;

Coroutine<> take_all(All* all, Log* log) {
  while (all->left() > 0) {
    try {
      log->push_back(co_await all->next());
    } catch (const std::exception& error) {
      log->push_back(std::string("error: ") + error.what());
    }
  }
}

class AsCompletedTest : public Runtime {
 protected:
  AsCompletedTest() {
    std::vector<Coroutine<std::string>> coroutines;
    for (auto& future : futures) coroutines.push_back(wait_for(&future));
    all.emplace(*loop, std::move(coroutines));
  }

  std::array<Future<std::string>, 3> futures;
  std::optional<All> all;
  Log log;
};

TEST_F(AsCompletedTest, GivesResultsInTheOrderInWhichTheyCome) {
  Task<> task(*loop, take_all(&*all, &log));
  run();
  EXPECT_EQ(Counted::alive, 3) << "all of them run side by side";
  futures[2].set_result("c");
  run();
  EXPECT_EQ(log, (Log{"c"}));
  futures[0].set_result("a");
  futures[1].set_result("b");
  run();
  EXPECT_EQ(log, (Log{"c", "a", "b"}));
  EXPECT_TRUE(task.done());
}

TEST_F(AsCompletedTest, ErrorIsThrownInItsTurnAndTheRestFollows) {
  Task<> task(*loop, take_all(&*all, &log));
  run();
  futures[1].set_exception(error("broken"));
  futures[0].set_result("a");
  futures[2].set_result("c");
  run();
  EXPECT_EQ(log, (Log{"error: broken", "a", "c"}));
}

TEST_F(AsCompletedTest, FinishedResultsWaitUntilAskedFor) {
  futures[1].set_result("b");
  futures[0].set_result("a");
  run();
  futures[2].set_result("c");
  run();
  Task<> task(*loop, take_all(&*all, &log));
  run();
  EXPECT_EQ(log.size(), 3u);
  EXPECT_EQ(log.back(), "c");
}

TEST_F(AsCompletedTest, RefusesToWaitForMoreThanThereAre) {
  Task<> task(*loop, take_all(&*all, &log));
  for (auto& future : futures) future.set_result("");
  run();
  EXPECT_EQ(all->left(), 0u);
  Task<std::string> one_more(*loop, all->next());
  run();
  ASSERT_TRUE(one_more.done());
  EXPECT_THROW(one_more.result(), std::logic_error);
}

TEST_F(AsCompletedTest, LosesNothingWhenTheWaitIsCancelled) {
  std::optional<Task<>> first(std::in_place, *loop, take_all(&*all, &log));
  run();
  futures[0].set_result("a");
  loop->call_soon([&] { loop->call_soon([&] { first->cancel(); }); });  // as it is handed over
  run();
  Task<> second(*loop, take_all(&*all, &log));
  futures[1].set_result("b");
  futures[2].set_result("c");
  run();
  EXPECT_EQ(log, (Log{"a", "b", "c"}));
  EXPECT_EQ(all->left(), 0u);
}

TEST_F(AsCompletedTest, TakesItsTasksAlong) {
  run();
  all.reset();
  EXPECT_EQ(Counted::alive, 0);
  futures[0].set_result("a");
  run();
}

}  // namespace
