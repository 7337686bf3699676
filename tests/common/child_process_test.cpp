// A program that runs as a child: it ends when it is asked to, and nobody else does.
#include "common/site/child_process.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <csignal>

namespace common {
namespace {

TEST(ChildProcess, EndsWhenItIsAskedTo) {
  ChildProcess child("/bin/sleep", {"60"});
  const auto end = child.end();
  ASSERT_TRUE(WIFSIGNALED(end.status));
  EXPECT_EQ(WTERMSIG(end.status), SIGTERM);
}

TEST(ChildProcess, SaysHowItEndedAsOftenAsItIsAskedAndTouchesNobodyElse) {
  ChildProcess child("/bin/sh", {"-c", "exit 7"});
  ChildProcess other("/bin/sleep", {"60"});
  EXPECT_EQ(WEXITSTATUS(child.wait().status), 7);
  EXPECT_EQ(child.pid(), -1);
  EXPECT_EQ(WEXITSTATUS(child.wait().status), 7);  // does not wait for the other
}

}  // namespace
}  // namespace common
