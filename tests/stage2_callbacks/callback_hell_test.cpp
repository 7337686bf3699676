// What the program callback_hell prints, its standard error included: to be read beside §4.1.
#include <gtest/gtest.h>

#include "tests/printed_by.h"

TEST(CallbackHell, ShowsThreePainsOfCallbacks) {
  EXPECT_EQ(printed_by("stage2_callbacks/callback_hell"), R"(Five callbacks, nested
  five_nested returns, and nothing has happened yet
  callback_1
  callback_2
  callback_3
  callback_4
  callback_5

do_a(); do_b();
  a
  b

do_a(do_b());
  do_b is called first, and only makes a callback
  do_a is called, with what comes after it, and returns
  a
  b

a, b, c with plain calls
  main → ask → a
  main → ask → b fails
  ask is told: b: Input/output error

a, b, c with callbacks that throw
  main → loop → a
  main → loop → b fails
event loop: a callback threw: b: Input/output error
  ask is told: nothing

a, b, c with callbacks that pass errors on
  main → loop → a
  main → loop → b fails
  ask is told: Input/output error
)");
}
