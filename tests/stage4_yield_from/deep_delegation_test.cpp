// Machines that delegate to machines that delegate, many levels deep (§4.5.1): what comes out of
// the innermost, what is thrown into it, and in which order they go.
#include <gtest/gtest.h>

#include <exception>
#include <memory>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "stage4_yield_from/event_loop.h"
#include "stage4_yield_from/future.h"
#include "stage4_yield_from/generator.h"
#include "stage4_yield_from/task.h"
#include "stage4_yield_from/yield_from.h"

namespace {

using namespace stage4;

// Counts how many live, and notes in which order they were destroyed.
struct Counted {
  explicit Counted(int name) : name(name) { ++alive; }
  Counted(const Counted&) = delete;
  ~Counted() {
    --alive;
    destroyed.push_back(name);
  }
  const int name;
  inline static int alive = 0;
  inline static std::vector<int> destroyed;
};

// Waits for `future` through `depth` machines, each of which adds one to the number that it gets.
// The innermost has depth 1.
class Nested {
 public:
  Nested(int depth, std::shared_ptr<Future> future) : counted_(depth), future_(std::move(future)) {
    if (depth > 1) child_ = std::make_unique<Nested>(depth - 1, future_);
  }

  Step<Value> resume(Sent& sent) {
    switch (std::exchange(state_, finished)) {
    case starting:
    case waiting: {
      auto step = child_ ? yield_from(*child_, sent) : yield_from(*future_, sent);
      if (!step.returned()) {
        state_ = waiting;
        return step.yielded();
      }
      return std::to_string(std::stoi(step.value()) + 1);
    }
    case finished:
      break;
    }
    throw std::logic_error("resumed after it had finished");
  }

 private:
  enum State { starting, waiting, finished };
  State state_ = starting;
  Counted counted_;
  std::shared_ptr<Future> future_;
  std::unique_ptr<Nested> child_;  // declared last: destroyed first
};

// Each resume goes through the whole chain by recursion. A level takes about 250 bytes of stack,
// and 700 at most, unoptimised and with AddressSanitizer: 10,000 fit into the 8 MiB of a main
// thread.
class DelegationThrough : public testing::TestWithParam<int> {
 protected:
  DelegationThrough() { Counted::destroyed.clear(); }
  ~DelegationThrough() override {
    task.reset();
    EXPECT_EQ(Counted::alive, 0);
  }

  std::vector<int> innermost_first() const {
    std::vector<int> names(depth);
    std::iota(names.begin(), names.end(), 1);
    return names;
  }

  const int depth = GetParam();
  EventLoop loop;
  std::shared_ptr<Future> future = std::make_shared<Future>();
  std::optional<Task<Nested>> task{std::in_place, loop, std::make_unique<Nested>(depth, future)};
};

INSTANTIATE_TEST_SUITE_P(Machines, DelegationThrough, testing::Values(1, 3, 10'000),
                         testing::PrintToStringParamName());

TEST_P(DelegationThrough, BringsTheResultFromTheInnermostOut) {
  future->set_result("0");
  loop.run();
  ASSERT_TRUE(task->done());
  EXPECT_EQ(task->result(), std::to_string(depth));
}

TEST_P(DelegationThrough, BringsAnErrorFromTheInnermostOut) {
  future->set_exception(std::make_exception_ptr(std::runtime_error("broken")));
  loop.run();
  ASSERT_TRUE(task->done());
  EXPECT_THROW(task->result(), std::runtime_error);
}

TEST_P(DelegationThrough, BringsAnErrorInAndOutAgain) {
  task->throw_(std::make_exception_ptr(std::runtime_error("broken")));
  ASSERT_TRUE(task->done());
  EXPECT_THROW(task->result(), std::runtime_error);
}

TEST_P(DelegationThrough, IsDestroyedInnermostFirstWhenItIsDropped) {
  EXPECT_EQ(Counted::alive, depth);
  task.reset();
  EXPECT_EQ(Counted::destroyed, innermost_first());
}

TEST_P(DelegationThrough, IsDestroyedInnermostFirstWhenItHasFinished) {
  future->set_result("0");
  loop.run();
  EXPECT_EQ(Counted::destroyed, innermost_first());
}

}  // namespace
