// PEP 380, "Syntax for Delegating to a Subgenerator", rule by rule, with machines written by hand
// in the generators' place (§4.5.1). Where Python yields a plain value, a machine yields a Future
// that holds it.
#include <gtest/gtest.h>

#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "stage4_yield_from/future.h"
#include "stage4_yield_from/generator.h"
#include "stage4_yield_from/yield_from.h"

namespace {

using namespace stage4;

struct Question : std::exception {};
struct Goodbye : std::exception {};
struct Anger : std::exception {};
struct Thunder : std::exception {};

Yielded yielded(Value value) {
  auto future = std::make_shared<Future>();
  future->set_result(std::move(value));
  return {future};
}

// Notes in `log` that it was made and that it was destroyed.
class Local {
 public:
  Local(std::string& log, std::string name) : log_(log), name_(std::move(name)) {
    log_ += "+" + name_ + " ";
  }
  Local(const Local&) = delete;
  ~Local() { log_ += "-" + name_ + " "; }

 private:
  std::string& log_;
  const std::string name_;
};

// Stands for
//
//   def inner(log):
//     local = Local(log, "inner")
//     try:
//       heard = yield "hello"
//     except Question:
//       heard = yield "answer"
//     except Goodbye:
//       return "goodbye"
//     if heard == "nonsense":
//       raise Anger
//     return heard
class Inner {
 public:
  explicit Inner(std::string& log) : local_(log, "inner") {}

  Step<Value> resume(Sent& sent) {
    switch (std::exchange(state_, finished)) {
    case starting:
      sent.take();
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
      }
      return reply();
    case answering:
      heard_ = sent.take();
      return reply();
    case finished:
      break;
    }
    throw std::logic_error("the inner was resumed after it had finished");
  }

 private:
  enum State { starting, greeting, answering, finished };

  Value reply() const {
    if (heard_ == "nonsense") throw Anger();
    return heard_;
  }

  State state_ = starting;
  Local local_;
  Value heard_;
};

// Stands for
//
//   def outer(log):
//     local = Local(log, "outer")
//     try:
//       one = yield from inner(log)
//     except Anger:
//       one = "anger"
//     two = yield from inner(log)
//     return one + " and " + two
class Outer {
 public:
  explicit Outer(std::string& log) : log_(log), local_(log, "outer") {}

  Step<Value> resume(Sent& sent) {
    switch (std::exchange(state_, finished)) {
    case starting:
      sent.take();
      inner_.emplace(log_);
      [[fallthrough]];
    case in_one:
      try {
        auto step = yield_from(*inner_, sent);
        if (!step.returned()) {
          state_ = in_one;
          return step.yielded();
        }
        one_ = step.value();
      } catch (const Anger&) {
        one_ = "anger";
      }
      inner_.emplace(log_);
      [[fallthrough]];
    case in_two: {
      auto step = yield_from(*inner_, sent);
      if (!step.returned()) {
        state_ = in_two;
        return step.yielded();
      }
      return one_ + " and " + step.value();
    }
    case finished:
      break;
    }
    throw std::logic_error("the outer was resumed after it had finished");
  }

 private:
  enum State { starting, in_one, in_two, finished };
  State state_ = starting;
  std::string& log_;
  Local local_;
  Value one_;
  std::optional<Inner> inner_;  // the child, declared last: destroyed first
};

// Python's verbs, each of which is one resume of the outer; they tell in words what it came to.
class Delegation : public testing::Test {
 protected:
  std::string next() { return send({}); }
  std::string send(Value value) { return resume({std::move(value), nullptr}); }
  std::string throw_(auto error) { return resume({{}, std::make_exception_ptr(error)}); }
  void close() { outer.reset(); }

  // What whoever resumes it once more is told.
  std::string misuse() {
    try {
      return next();
    } catch (const std::logic_error& error) {
      return error.what();
    }
  }

  std::string log;
  std::optional<Outer> outer{log};

 private:
  std::string resume(Sent sent) {
    auto step = outer->resume(sent);
    if (step.returned()) return "returned " + step.value();
    return "yielded " + step.yielded().future->outcome().value;
  }
};

// ---- Values

TEST_F(Delegation, YieldsToTheCallerWhatTheInnerYields) { EXPECT_EQ(next(), "yielded hello"); }

TEST_F(Delegation, SendsToTheInnerAndGetsItsReturnValue) {
  next();
  send("this");
  EXPECT_EQ(send("that"), "returned this and that");
}

TEST_F(Delegation, StartsTheNextInnerInTheSameResumeAndWithNothing) {
  next();
  EXPECT_EQ(send("this"), "yielded hello");
  EXPECT_EQ(next(), "returned this and ");
}

TEST_F(Delegation, FinishedOuterNoLongerResumesTheInner) {
  next();
  send("this");
  send("that");
  EXPECT_EQ(misuse(), "the outer was resumed after it had finished");
}

// ---- Errors

TEST_F(Delegation, ThrowsIntoTheInnerWhichMayCatchItAndYieldAgain) {
  next();
  EXPECT_EQ(throw_(Question()), "yielded answer");
  EXPECT_EQ(send("this"), "yielded hello");
  EXPECT_EQ(send("that"), "returned this and that");
}

TEST_F(Delegation, ThrowsIntoTheInnerWhichMayCatchItAndReturn) {
  next();
  EXPECT_EQ(throw_(Goodbye()), "yielded hello");
  EXPECT_EQ(send("that"), "returned goodbye and that");
}

TEST_F(Delegation, ThrowsInTheOuterWhatTheInnerDoesNotCatch) {
  next();
  EXPECT_EQ(throw_(Anger()), "yielded hello");
  EXPECT_EQ(send("that"), "returned anger and that");
}

TEST_F(Delegation, ThrowsInTheOuterWhatTheInnerThrows) {
  next();
  EXPECT_EQ(send("nonsense"), "yielded hello");
  EXPECT_EQ(send("that"), "returned anger and that");
}

TEST_F(Delegation, ThrowsAtTheCallerWhatNeitherCatches) {
  next();
  EXPECT_THROW(throw_(Thunder()), Thunder);
  EXPECT_EQ(misuse(), "the outer was resumed after it had finished");
}

TEST_F(Delegation, CatchesOnlyWithinTheTryWhereTheOuterWaits) {
  next();
  send("this");
  EXPECT_THROW(throw_(Anger()), Anger);
}

// ---- Close

TEST_F(Delegation, ClosesTheInnerFirstWhenTheOuterIsDropped) {
  next();
  close();
  EXPECT_EQ(log, "+outer +inner -inner -outer ");
}

TEST_F(Delegation, ClosesOneInnerBeforeItStartsTheNext) {
  next();
  send("this");
  EXPECT_EQ(log, "+outer +inner -inner +inner ");
}

}  // namespace
