// The trace by itself: who is told of what, and how deep it stands.
#include "common/trace/attempt_trace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <source_location>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/trace/place.h"

namespace common::trace {
namespace {

using testing::internal::CaptureStderr;
using testing::internal::GetCapturedStderr;

constexpr Context printed{.attempt = 1, .printed = true};
constexpr Context kept{.attempt = 2};

class TraceTest : public testing::Test {
 protected:
  ~TraceTest() override { pause(); }
};

struct Machine {
  std::string name;
  std::string where() const { return name + " at work"; }
};

TEST_F(TraceTest, CostsNothingWhenOff) {
  CaptureStderr();
  bool written = false;
  line({"test"}, "never");
  const Hop hop({"test"}, "never");
  const std::function<void()> callback = carried(std::function<void()>([&] { written = true; }));
  callback();
  EXPECT_TRUE(written);
  EXPECT_EQ(GetCapturedStderr(), "");
}

TEST_F(TraceTest, LinesBelongToTheCurrentHop) {
  CaptureStderr();
  begin(printed, {"test"}, "begin");
  line({"test"}, "one ", 1);
  {
    const Hop hop({"test"}, "hop");
    line({"test"}, "two");
    const Hop inner({"test"}, "inner");
    line({"test"}, "three");
  }
  line({"test"}, "four");
  end(printed, {"test"}, "end");
  line({"test"}, "nobody hears this");
  EXPECT_EQ(GetCapturedStderr(), R"(begin
  one 1
  hop
    two
    inner
      three
  four
end
)");
}

TEST_F(TraceTest, ContextFollowsACallback) {
  begin(printed, {"test"}, "begin");
  const auto callback =
      carried(std::function<void(int)>([](int n) { line({"test"}, "called with ", n); }),
              "loop: it is ready");
  pause();
  CaptureStderr();
  callback(7);
  line({"test"}, "after it nobody is worked for");
  EXPECT_EQ(GetCapturedStderr(), "loop: it is ready\n  called with 7\n");
}

TEST_F(TraceTest, KeepsTheMachinesThatAnErrorLeaves) {
  begin(kept, {"test"}, "not printed");
  EXPECT_THROW(
      {
        const Resume outer(Machine{"Outer"});
        {
          const Resume returns(Machine{"Returned"});
        }
        const Resume inner(Machine{"Inner"});
        throw std::runtime_error("an error");
      },
      std::runtime_error);
  EXPECT_EQ(take_origin(kept), "Outer at work ← Inner at work");
  EXPECT_EQ(take_origin(kept), "") << "taken once";
}

TEST_F(TraceTest, KeepsTheLastErrorThatWasNotCaught) {
  begin(kept, {"test"}, "not printed");
  EXPECT_THROW(
      {
        const Resume outer(Machine{"Outer"});
        try {
          const Resume inner(Machine{"Caught"});
          throw std::runtime_error("caught");
        } catch (const std::runtime_error&) {
        }
        const Resume inner(Machine{"Inner"});
        throw std::runtime_error("an error");
      },
      std::runtime_error);
  EXPECT_EQ(take_origin(kept), "Outer at work ← Inner at work");
}

TEST_F(TraceTest, KeepsWhereAnErrorCameFromFirst) {
  begin(kept, {"test"}, "not printed");
  const auto error = std::make_exception_ptr(std::runtime_error("an error"));
  set_origin(error, "deep within");
  set_origin(error, "on its way out");
  EXPECT_EQ(take_origin(kept), "deep within");
  set_origin(error, "caught, and forgotten");
  set_origin(std::make_exception_ptr(std::runtime_error("another")), "elsewhere");
  EXPECT_EQ(take_origin(kept), "elsewhere");
}

TEST_F(TraceTest, ReplacementErrorKeepsTheOrigin) {
  begin(kept, {"test"}, "not printed");
  set_origin(std::make_exception_ptr(std::runtime_error("cancelled")), "where it waited");
  keep_origin();
  const auto error = std::make_exception_ptr(std::runtime_error("timed out"));
  set_origin(error, "around it");
  set_origin(error, "on its way out");
  EXPECT_EQ(take_origin(kept), "where it waited");
}

std::source_location in_a_template(auto) { return std::source_location::current(); }

std::string text_of(const std::source_location& location) {
  std::ostringstream text;
  text << Place(location);
  return text.str();
}

TEST(APlace, IsTheShortNameOfAFunctionAndItsLine) {
  const auto in_a_lambda = [] { return std::source_location::current(); };
  constexpr int next_line = __LINE__ + 1;
  const auto here = std::source_location::current();
  EXPECT_EQ(text_of(here), "TestBody at trace_test.cpp:" + std::to_string(next_line));
  EXPECT_THAT(text_of(in_a_template(std::vector<int>())),
              testing::StartsWith("in_a_template at trace_test.cpp:"));
  EXPECT_THAT(text_of(in_a_lambda()), testing::HasSubstr(" at trace_test.cpp:"));
}

TEST_F(TraceTest, ErrorCodeKnowsOnlyItsCallback) {
  begin(kept, {"test"}, "not printed");
  std::string origin;
  carried(std::function<void()>([&] { origin = take_origin(kept); }), "loop: it is ready")();
  EXPECT_EQ(origin, "loop: it is ready");
}

}  // namespace
}  // namespace common::trace
