// A program that runs as a child: it ends when it is asked to, and nobody else does.
#include "common/site/child_process.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace common {
namespace {

TEST(ChildProcess, EndsWhenItIsAskedTo) {
  ChildProcess child("/bin/sleep", {"60"});
  const auto end = child.end();
  ASSERT_TRUE(WIFSIGNALED(end.status));
  EXPECT_EQ(WTERMSIG(end.status), SIGTERM);
}

TEST(ChildProcess, ReportsItsExitStatusAsOftenAsAsked) {
  ChildProcess child("/bin/sh", {"-c", "exit 7"});
  ChildProcess other("/bin/sleep", {"60"});
  EXPECT_EQ(WEXITSTATUS(child.wait().status), 7);
  EXPECT_EQ(child.pid(), -1);
  EXPECT_EQ(WEXITSTATUS(child.wait().status), 7);  // does not wait for the other
}

TEST(ChildProcess, EndsOnRequestThoughWeIgnoreTheSignal) {
  std::signal(SIGTERM, SIG_IGN);
  ChildProcess child("/bin/sleep", {"60"});
  EXPECT_EQ(WTERMSIG(child.end().status), SIGTERM);
  std::signal(SIGTERM, SIG_DFL);
}

TEST(ChildProcess, HasItsPipesThoughOurDescriptorsAreClosed) {
  for (int closed = 0; closed < 8; ++closed) {
    const pid_t copy = ::fork();
    if (copy == 0) {
      for (const int fd : {0, 1, 2}) {
        if ((closed >> fd & 1) != 0) ::close(fd);
      }
      ChildProcess child("/bin/sh",
                         {"-c", "test -p /dev/stdin && test -p /dev/stdout && echo ended"});
      ::_exit(child.read_output() == "ended\n" ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(copy, &status, 0), copy);
    EXPECT_EQ(WEXITSTATUS(status), 0) << "closed: " << closed;
  }
}

}  // namespace
}  // namespace common
