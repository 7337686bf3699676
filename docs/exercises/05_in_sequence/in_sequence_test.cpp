// Exercise 5. The test of start/in_sequence.h, or of the solution.
#include "in_sequence.h"

#include <gtest/gtest.h>

#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/net/clock.h"
#include "stage2_callbacks/event_loop.h"

namespace {

using common::Clock;
using std::chrono::milliseconds;

std::string text_of(const std::exception_ptr& error) {
  if (!error) return "no error";
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& caught) {
    return caught.what();
  }
}

std::exception_ptr error(const char* text) {
  return std::make_exception_ptr(std::runtime_error(text));
}

class InSequence : public testing::Test {
 protected:
  void run(std::vector<Step> steps) {
    in_sequence(loop, std::move(steps), [this](const std::exception_ptr& e) {
      events += "done: " + text_of(e);
      ++done;
    });
    EXPECT_EQ(done, 0) << "`done` is called from the loop";
    loop.run();
  }
  // Writes `name` when it begins, and ends at once.
  Step step(const std::string& name) {
    return [this, name](const Ended& ended) {
      events += name + " ";
      ended(nullptr);
    };
  }

  stage2::EventLoop loop;
  std::string events;
  int done = 0;
};

TEST_F(InSequence, NoStepsAreDone) {
  run({});
  EXPECT_EQ(events, "done: no error");
}

TEST_F(InSequence, AStepBeginsWhenTheOneBeforeHasEnded) {
  common::Timer timer;
  const Step slow = [&](const Ended& ended) {
    events += "slow ";
    timer = loop.call_at(Clock::now() + milliseconds(5), [this, ended] {
      events += "ends ";
      ended(nullptr);
    });
  };
  run({step("first"), slow, step("last")});
  EXPECT_EQ(events, "first slow ends last done: no error");
}

TEST_F(InSequence, TheFirstErrorEndsIt) {
  run({step("first"), [](const Ended& ended) { ended(error("broken")); }, step("never")});
  EXPECT_EQ(events, "first done: broken");
}

TEST_F(InSequence, ExceptionThrownByAStepIsItsError) {
  run({step("first"), [](const Ended&) { throw std::runtime_error("thrown"); }, step("never")});
  EXPECT_EQ(events, "first done: thrown");
}

TEST_F(InSequence, AStepThatEndsAndThenThrowsHasEnded) {
  run({[](const Ended& ended) {
         ended(nullptr);
         throw std::runtime_error("too late");
       },
       step("next")});
  EXPECT_EQ(events, "next done: no error");
}

TEST_F(InSequence, StepCallingDoneTwiceEndsOnce) {
  Ended kept;
  const Step twice = [&](const Ended& ended) {
    kept = ended;
    ended(nullptr);
    ended(error("too late"));
  };
  const Step others = [&](const Ended& ended) {
    kept(nullptr);
    events += "others ";
    ended(nullptr);
    kept(nullptr);
  };
  run({twice, others, step("last")});
  EXPECT_EQ(events, "others last done: no error");
  kept = nullptr;
}

TEST_F(InSequence, StepsThatEndAtOnceNeedNoStack) {
  int taken = 0;
  run(std::vector<Step>(100'000, [&](const Ended& ended) {
    ++taken;
    ended(nullptr);
  }));
  EXPECT_EQ(taken, 100'000);
  EXPECT_EQ(events, "done: no error");
}

TEST_F(InSequence, NothingIsLeftOfAStepThatForgetsToEnd) {
  const auto held = std::make_shared<int>(0);
  run({[held](const Ended&) {}, step("never")});
  EXPECT_EQ(events, "");
  EXPECT_EQ(held.use_count(), 1);
}

TEST_F(InSequence, NothingIsLeftOnceItIsDone) {
  const auto held = std::make_shared<int>(0);
  run({[held](const Ended& ended) { ended(nullptr); }});
  EXPECT_EQ(held.use_count(), 1);
}

}  // namespace
