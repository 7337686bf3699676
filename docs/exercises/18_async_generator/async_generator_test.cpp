// Exercise 18. The test of start/async_generator.h, or of the solution.
#include "async_generator.h"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "stage5_native_coroutines/errors.h"
#include "stage5_native_coroutines/future.h"
#include "stage5_native_coroutines/task.h"
#include "stage5_native_coroutines/timeout.h"
#include "tests/stage5_native_coroutines/runtime_tools.h"

namespace {

AsyncGenerator<int> count_to(int end) {
  Counted counted;
  for (int i = 1; i <= end; ++i) co_yield i;
}

// Yields what each of the futures gives.
AsyncGenerator<std::string> values_of(std::vector<Future<std::string>*> futures) {
  Counted counted;
  for (auto* future : futures) co_yield "[" + co_await *future + "]";
}

Coroutine<> take_all(AsyncGenerator<std::string> generator, Log* log) {
  while (const auto* value = co_await generator.next()) log->push_back(*value);
  log->push_back("end");
}

class AsyncGeneratorTest : public Runtime {
 protected:
  Future<std::string> a, b;
  Log log;
};

TEST_F(AsyncGeneratorTest, YieldsItsValuesAndThenNull) {
  const auto use = [](Log* log) -> Coroutine<> {
    auto generator = count_to(3);
    EXPECT_EQ(Counted::alive, 0) << "it starts when it is asked for its first value";
    while (const auto* value = co_await generator.next()) log->push_back(std::to_string(*value));
    EXPECT_EQ(co_await generator.next(), nullptr) << "the end stays the end";
  };
  run(use(&log));
  EXPECT_EQ(log, (Log{"1", "2", "3"}));
}

TEST_F(AsyncGeneratorTest, RunsNoFurtherThanItIsAsked) {
  const auto use = [](Log* log) -> Coroutine<> {
    const auto noisy = [](Log* log) -> AsyncGenerator<int> {
      log->push_back("makes 1");
      co_yield 1;
      log->push_back("makes 2");
      co_yield 2;
    };
    auto generator = noisy(log);
    co_await generator.next();
    log->push_back("has 1");
    co_await generator.next();
    log->push_back("has 2");
  };
  run(use(&log));
  EXPECT_EQ(log, (Log{"makes 1", "has 1", "makes 2", "has 2"}));
}

TEST_F(AsyncGeneratorTest, CanAwaitBetweenItsValues) {
  Task<> task(*loop, take_all(values_of({&a, &b}), &log));
  run();
  EXPECT_EQ(log, (Log{}));
  a.set_result("a");
  run();
  EXPECT_EQ(log, (Log{"[a]"}));
  b.set_result("b");
  run();
  EXPECT_EQ(log, (Log{"[a]", "[b]", "end"}));
  EXPECT_TRUE(task.done());
}

TEST_F(AsyncGeneratorTest, ThrowsWhatItThrowsWhereItIsAwaited) {
  a.set_result("a");
  b.set_exception(error("broken"));
  EXPECT_THROW(run(take_all(values_of({&a, &b}), &log)), std::runtime_error);
  EXPECT_EQ(log, (Log{"[a]"}));
}

TEST_F(AsyncGeneratorTest, HasEndedOnceItHasThrown) {
  a.set_exception(error("broken"));
  const auto use = [](Future<std::string>* future) -> Coroutine<std::string> {
    auto generator = values_of({future});
    std::string caught;
    try {
      co_await generator.next();
    } catch (const std::runtime_error& error) {
      caught = error.what();
    }
    if (co_await generator.next() == nullptr) caught += ", then the end";
    co_return caught;
  };
  EXPECT_EQ(run(use(&a)), "broken, then the end");
}

TEST_F(AsyncGeneratorTest, DestroyingItDestroysItsLocals) {
  const auto use = []() -> Coroutine<> {
    auto unused = count_to(3);
    auto generator = count_to(3);
    co_await generator.next();
    EXPECT_EQ(Counted::alive, 1);
  };
  run(use());
  EXPECT_EQ(Counted::alive, 0);
  auto task = std::make_unique<Task<>>(*loop, take_all(values_of({&a}), &log));
  run();
  EXPECT_EQ(Counted::alive, 1);
  task.reset();
  EXPECT_EQ(Counted::alive, 0);
}

TEST_F(AsyncGeneratorTest, IsCancelledWhereItWaits) {
  EXPECT_THROW(run(timeout(Clock::now() + milliseconds(5), take_all(values_of({&a}), &log))),
               std::system_error);
  EXPECT_EQ(Counted::alive, 0);
}

TEST_F(AsyncGeneratorTest, NeedsNoStackForManyValues) {
  const auto sum = [](int end) -> Coroutine<long> {
    long total = 0;
    auto generator = count_to(end);
    while (const auto* value = co_await generator.next()) total += *value;
    co_return total;
  };
  EXPECT_EQ(run(sum(100'000)), 100'000L * 100'001 / 2);
}

}  // namespace
