// What the program generators prints: to be read beside §4.5.1.
#include <gtest/gtest.h>

#include "tests/printed_by.h"

TEST(Generators, PrintWhatTheArticleSays) {
  EXPECT_EQ(printed_by("stage4_yield_from/generators"),
            R"(gen_one, which yields from range(10): 0 1 2 3 4 5 6 7 8 9
gen_two, which loops over range(10):  0 1 2 3 4 5 6 7 8 9

next(g) starts gen, and gen starts subgen
g.send(1) returns 2
g.throw(StopIteration) comes back, since subgen does not catch it
next(g) fails: subgen was resumed after it had finished
)");
}
