// `yield_from` held against the article's examples of §4.5.1 and the rules of PEP 380. Where Python
// yields a plain value, a machine yields a Future that holds it.
#include <gtest/gtest.h>

#include <memory>
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

Yielded yielded(const std::string& value) {
  auto future = std::make_shared<Future>();
  future->set_result(value);
  return {future};
}

template <class R>
std::string value_of(const Step<R>& step) {
  return step.yielded().future->outcome().value;
}

std::exception_ptr error(const char* text) {
  return std::make_exception_ptr(std::runtime_error(text));
}

// def range(n): ...
class Range {
 public:
  explicit Range(int end) : end_(end) {}
  Step<Value> resume(Sent& sent) {
    sent.take();
    if (next_ == end_) return Value("stopped");
    return yielded(std::to_string(next_++));
  }

 private:
  int next_ = 0;
  const int end_;
};

// def gen_one(): subgen = range(10); yield from subgen
class GenOne {
 public:
  Step<Value> resume(Sent& sent) { return yield_from(subgen_, sent); }

 private:
  Range subgen_{10};
};

// def gen_two(): subgen = range(10); for item in subgen: yield item
class GenTwo {
 public:
  Step<Value> resume(Sent& sent) {
    sent.take();
    Sent next;
    auto item = subgen_.resume(next);
    if (item.returned()) return Value("stopped");
    return item.yielded();
  }

 private:
  Range subgen_{10};
};

template <class Generator>
std::vector<std::string> all_of() {
  std::vector<std::string> values;
  Generator generator;
  for (;;) {
    Sent sent;
    auto step = generator.resume(sent);
    if (step.returned()) return values;
    values.push_back(value_of(step));
  }
}

TEST(YieldFrom, YieldsWhatALoopOverTheSubgeneratorYields) {
  EXPECT_EQ(all_of<GenOne>(),
            (std::vector<std::string>{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}));
  EXPECT_EQ(all_of<GenOne>(), all_of<GenTwo>());
}

// def subgen(): while True: x = yield; yield x + 1
class Subgen {
 public:
  Step<Value> resume(Sent& sent) {
    for (;;) {
      switch (std::exchange(state_, finished)) {
      case starting:
        sent.take();
        state_ = receiving;
        return yielded("None");
      case receiving:
        state_ = answering;
        return yielded(std::to_string(std::stoi(sent.take()) + 1));
      case answering:
        sent.take();
        state_ = receiving;
        return yielded("None");
      case finished:
        throw std::logic_error("resumed after it had finished");
      }
    }
  }

 private:
  enum State { starting, receiving, answering, finished };
  State state_ = starting;
};

// def gen(): yield from subgen()
class Gen {
 public:
  Step<Value> resume(Sent& sent) { return yield_from(subgen_, sent); }

 private:
  Subgen subgen_;
};

TEST(YieldFrom, OpensAChannelBothWaysBetweenMainAndSubgen) {
  Gen g;
  Sent next;
  g.resume(next);
  Sent one{"1", nullptr};
  EXPECT_EQ(value_of(g.resume(one)), "2");
  Sent thrown{{}, error("stop")};
  EXPECT_THROW(g.resume(thrown), std::runtime_error);
  Sent more;
  EXPECT_THROW(g.resume(more), std::logic_error) << "an error that leaves the subgen ends it";
}

// Counts how many live, and notes in which order they died.
struct Counted {
  explicit Counted(int name) : name(name) { ++alive; }
  Counted(const Counted&) = delete;
  ~Counted() {
    --alive;
    died.push_back(name);
  }
  const int name;
  inline static int alive = 0;
  inline static std::vector<int> died;
};

// Waits for `future` through `depth` machines, and adds its depth to what comes back.
class Nested {
 public:
  Nested(int depth, std::shared_ptr<Future> future) : future_(std::move(future)), counted_(depth) {
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
      return step.value() + "<" + std::to_string(counted_.name);
    }
    case finished:
      break;
    }
    throw std::logic_error("resumed after it had finished");
  }

 private:
  enum State { starting, waiting, finished };
  State state_ = starting;
  std::shared_ptr<Future> future_;
  Counted counted_;
  std::unique_ptr<Nested> child_;
};

class DelegationThroughThree : public testing::Test {
 protected:
  DelegationThroughThree() { Counted::died.clear(); }
  EventLoop loop;
  std::shared_ptr<Future> future = std::make_shared<Future>();
  std::optional<Task<Nested>> task{std::in_place, loop, std::make_unique<Nested>(3, future)};
};

TEST_F(DelegationThroughThree, BringsAResultFromTheInnermostOut) {
  future->set_result("value");
  loop.run();
  EXPECT_EQ(task->result(), "value<1<2<3");
  EXPECT_EQ(Counted::alive, 0);
}

TEST_F(DelegationThroughThree, BringsAnErrorOfTheFutureOut) {
  future->set_exception(error("broken"));
  loop.run();
  EXPECT_THROW(task->result(), std::runtime_error);
  EXPECT_EQ(Counted::alive, 0);
}

TEST_F(DelegationThroughThree, BringsAnErrorThatIsThrownInToTheInnermost) {
  task->throw_(error("timed out"));
  EXPECT_TRUE(task->done());
  EXPECT_THROW(task->result(), std::runtime_error);
}

TEST_F(DelegationThroughThree, DropsAWakeUpThatWasQueuedWhenATimeoutThrew) {
  future->set_result("too late");
  task->throw_(error("timed out"));
  loop.run();
  EXPECT_THROW(task->result(), std::runtime_error);
}

TEST_F(DelegationThroughThree, IsDestroyedInnermostFirst) {
  EXPECT_EQ(Counted::alive, 3);
  task.reset();
  EXPECT_EQ(Counted::alive, 0);
  EXPECT_EQ(Counted::died, (std::vector<int>{1, 2, 3}));
}

TEST(AFutureOfStage4, GivesItsResultWithoutYieldingIfItIsDone) {
  auto future = std::make_shared<Future>();
  future->set_result("value");
  Sent sent;
  auto step = yield_from(*future, sent);
  ASSERT_TRUE(step.returned());
  EXPECT_EQ(step.value(), "value");
}

TEST(AFutureOfStage4, YieldsItselfWhilePending) {
  auto future = std::make_shared<Future>();
  Sent sent;
  auto step = yield_from(*future, sent);
  ASSERT_FALSE(step.returned());
  EXPECT_EQ(step.yielded().future, future);
}

TEST(AFutureOfStage4, ThrowsItsExceptionIfItIsDoneWithOne) {
  auto future = std::make_shared<Future>();
  future->set_exception(error("broken"));
  Sent sent;
  EXPECT_THROW(yield_from(*future, sent), std::runtime_error);
}

}  // namespace
