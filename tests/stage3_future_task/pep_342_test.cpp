// PEP 342, "Coroutines via Enhanced Generators", rule by rule, with a machine written by hand in
// the generator's place (§4.4). `resume` is Python's next, send and throw; close is the destructor.
// Where Python yields a plain value, a machine yields a Future that holds it.
#include <gtest/gtest.h>

#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "stage3_future_task/future.h"
#include "stage3_future_task/generator.h"

namespace {

using namespace stage3;

struct Question : std::exception {};
struct Goodbye : std::exception {};
struct Insult : std::exception {};
struct Anger : std::exception {};

Yielded yielded(Value value) {
  auto future = std::make_shared<Future>();
  future->set_result(std::move(value));
  return {future};
}

// Notes in `log` that it was made and that it was destroyed.
class Local {
 public:
  explicit Local(std::string& log) : log_(log) { log_ += "made "; }
  Local(const Local&) = delete;
  ~Local() { log_ += "destroyed "; }

 private:
  std::string& log_;
};

// Stands for
//
//   def talk(log):
//     local = Local(log)
//     try:
//       heard = yield "hello"
//     except Question:
//       heard = yield "answer"
//     except Goodbye:
//       return "goodbye"
//     except Insult:
//       raise Anger
//     if heard == "nonsense":
//       raise Anger
//     return "heard " + heard
class Talk {
 public:
  explicit Talk(std::string& log) : log_(log) {}

  Step<Value> resume(Sent& sent) {
    switch (std::exchange(state_, finished)) {
    case starting:
      sent.take();
      local_.emplace(log_);
      state_ = greeting;
      return yielded("hello");
    case greeting:
      try {
        heard_ = sent.take();
      } catch (const Question&) {
        state_ = answering;
        return yielded("answer");
      } catch (const Goodbye&) {
        return Value("goodbye");
      } catch (const Insult&) {
        throw Anger();
      }
      return reply();
    case answering:
      heard_ = sent.take();
      return reply();
    case finished:
      break;
    }
    throw std::logic_error("resumed after it had finished");
  }

 private:
  enum State { starting, greeting, answering, finished };

  Value reply() const {
    if (heard_ == "nonsense") throw Anger();
    return "heard " + heard_;
  }

  State state_ = starting;
  std::string& log_;
  std::optional<Local> local_;
  Value heard_;
};

// Python's verbs, each of which is one resume; they tell in words what it came to.
class MachineTest : public testing::Test {
 protected:
  std::string next() { return send({}); }
  std::string send(Value value) { return resume({std::move(value), nullptr}); }
  std::string throw_(auto error) { return resume({{}, std::make_exception_ptr(error)}); }
  void close() { talk.reset(); }

  std::string log;
  std::optional<Talk> talk{log};

 private:
  std::string resume(Sent sent) {
    auto step = talk->resume(sent);
    if (step.returned()) return "returned " + step.value();
    return "yielded " + step.yielded().future->outcome().value;
  }
};

// ---- next and send

TEST_F(MachineTest, RunsNothingUntilItIsResumed) {
  EXPECT_EQ(log, "");
  EXPECT_EQ(next(), "yielded hello");
  EXPECT_EQ(log, "made ");
}

TEST_F(MachineTest, HasNoUseForAValueThatStartsIt) {
  EXPECT_EQ(send("too early"), "yielded hello");  // Python raises TypeError
  EXPECT_EQ(next(), "returned heard ");
}

TEST_F(MachineTest, GetsTheValueThatIsSentWhereItWaits) {
  next();
  EXPECT_EQ(send("you"), "returned heard you");
}

TEST_F(MachineTest, GetsNothingFromNextWhereItWaits) {
  next();
  EXPECT_EQ(next(), "returned heard ");
}

TEST_F(MachineTest, ItsErrorsAreThrownAtItsCaller) {
  next();
  EXPECT_THROW(send("nonsense"), Anger);
}

// ---- throw

TEST_F(MachineTest, CatchesAnErrorWhereItWaitsAndYieldsAgain) {
  next();
  EXPECT_EQ(throw_(Question()), "yielded answer");
  EXPECT_EQ(send("you"), "returned heard you");
}

TEST_F(MachineTest, CatchesAnErrorWhereItWaitsAndReturns) {
  next();
  EXPECT_EQ(throw_(Goodbye()), "returned goodbye");
}

TEST_F(MachineTest, CatchesAnErrorWhereItWaitsAndThrowsAnother) {
  next();
  EXPECT_THROW(throw_(Insult()), Anger);
}

TEST_F(MachineTest, LetsAnErrorThroughThatItDoesNotCatch) {
  next();
  try {
    throw_(std::runtime_error("thunder"));
    FAIL() << "the error was lost";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "thunder");
  }
}

TEST_F(MachineTest, CatchesOnlyWithinTheTryWhereItWaits) {
  next();
  throw_(Question());
  EXPECT_THROW(throw_(Question()), Question);
}

TEST_F(MachineTest, RunsNothingIfAnErrorIsThrownBeforeItsStart) {
  EXPECT_THROW(throw_(Question()), Question);
  EXPECT_EQ(log, "");
}

// ---- Finished. Python answers send with StopIteration and throw with the error itself; here both
// are a fault of whoever resumes.

TEST_F(MachineTest, IsFinishedByReturn) {
  next();
  send("you");
  EXPECT_THROW(next(), std::logic_error);
  EXPECT_THROW(throw_(Question()), std::logic_error);
}

TEST_F(MachineTest, IsFinishedByAnErrorOfItsOwn) {
  next();
  EXPECT_THROW(send("nonsense"), Anger);
  EXPECT_THROW(next(), std::logic_error);
  EXPECT_THROW(throw_(Question()), std::logic_error);
}

TEST_F(MachineTest, IsFinishedByAnErrorThatItLetsThrough) {
  next();
  EXPECT_THROW(throw_(Anger()), Anger);
  EXPECT_THROW(next(), std::logic_error);
  EXPECT_THROW(throw_(Question()), std::logic_error);
}

TEST_F(MachineTest, IsFinishedByAnErrorBeforeItsStart) {
  EXPECT_THROW(throw_(Question()), Question);
  EXPECT_THROW(next(), std::logic_error);
  EXPECT_EQ(log, "");
}

// ---- close

TEST_F(MachineTest, ClosingBeforeTheStartRunsNothing) {
  close();
  EXPECT_EQ(log, "");
}

TEST_F(MachineTest, ClosingWhileWaitingDestroysItsLocals) {
  next();
  close();
  EXPECT_EQ(log, "made destroyed ");
}

TEST_F(MachineTest, FinishedMachineKeepsItsLocalsUntilClosed) {  // Python drops them at once
  next();
  send("you");
  EXPECT_EQ(log, "made ");
  close();
  EXPECT_EQ(log, "made destroyed ");
}

// ---- Sent, which carries all of this

TEST(SentValue, CanBeTakenOnce) {
  Sent sent{"value", nullptr};
  EXPECT_EQ(sent.take(), "value");
  EXPECT_EQ(sent.take(), "");
}

TEST(SentError, CanBeThrownOnce) {
  Sent sent{{}, std::make_exception_ptr(Question())};
  EXPECT_THROW(sent.take(), Question);
  EXPECT_EQ(sent.take(), "");
}

}  // namespace
