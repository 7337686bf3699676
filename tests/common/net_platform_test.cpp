#include "common/net/platform.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>

namespace common {
namespace {

bool closes_on_exec(int fd) { return (::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0; }
bool blocks(int fd) { return (::fcntl(fd, F_GETFL) & O_NONBLOCK) == 0; }

TEST(Platform, TcpSocketNeverBlocksAndClosesOnExec) {
  const int fd = open_tcp_socket(AF_INET);
  ASSERT_GE(fd, 0);
  EXPECT_FALSE(blocks(fd));
  EXPECT_TRUE(closes_on_exec(fd));
  ::close(fd);
}

TEST(Platform, TcpSocketOfAnUnknownFamilyIsRefused) {
  errno = 0;
  EXPECT_EQ(open_tcp_socket(-1), -1);
  EXPECT_NE(errno, 0);
}

TEST(Platform, PipeBlocksAndClosesOnExec) {
  std::array<int, 2> ends;
  ASSERT_TRUE(open_pipe(ends));
  for (const int end : ends) {
    EXPECT_TRUE(blocks(end));
    EXPECT_TRUE(closes_on_exec(end));
  }
  ASSERT_EQ(::write(ends[1], "x", 1), 1);
  char byte = 0;
  EXPECT_EQ(::read(ends[0], &byte, 1), 1);
  EXPECT_EQ(byte, 'x');
  for (const int end : ends) ::close(end);
}

// In a process of its own, which SIGPIPE would end.
TEST(Platform, SendToAClosedPeerFailsWithoutASignal) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::signal(SIGPIPE, SIG_DFL);
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) ::_exit(2);
    ::close(ends[1]);
    ::_exit(send_without_sigpipe(ends[0], "x") == -1 && errno == EPIPE ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(Platform, KnowsWhereItsProgramIs) {
  EXPECT_EQ(program_path().filename(), "common_tests");
  EXPECT_TRUE(std::filesystem::is_regular_file(program_path()));
}

// The child names itself, so it sees another parent than the one it was given.
TEST(Platform, ChildOfAnEndedParentEndsAtOnce) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    end_with_parent(::getpid());
    ::_exit(0);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 1);
}

}  // namespace
}  // namespace common
