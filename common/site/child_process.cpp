#include "common/site/child_process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "common/net/platform.h"

namespace common {
namespace {

[[noreturn]] void throw_errno(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

struct Pipe {
  Pipe() {
    // Closed in every program that is started, or it would keep the pipe from ending.
    if (!open_pipe(ends)) throw_errno("pipe");
    for (int& end : ends) move_up(end);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    for (const int fd : ends) {
      if (fd >= 0) ::close(fd);
    }
  }
  int read_end() const { return ends[0]; }
  int write_end() const { return ends[1]; }
  int take_read_end() { return std::exchange(ends[0], -1); }
  int take_write_end() { return std::exchange(ends[1], -1); }

  /// If standard descriptors are closed, a pipe gets their numbers. One end would then overwrite
  /// the other when the child puts them where it wants them, or stay close-on-exec, because `dup2`
  /// of a descriptor onto itself does nothing.
  static void move_up(int& end) {
    if (end > STDERR_FILENO) return;
    const int higher = ::fcntl(end, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (higher < 0) throw_errno("fcntl");
    ::close(std::exchange(end, higher));
  }

  std::array<int, 2> ends;
};

}  // namespace

std::filesystem::path find_program(const std::filesystem::path& name) {
  const auto self = program_path();
  for (auto folder = self.parent_path();; folder = folder.parent_path()) {
    if (std::filesystem::is_regular_file(folder / name)) return folder / name;
    if (folder == folder.root_path()) break;
  }
  throw std::runtime_error("there is no program " + name.string() + " near " + self.string() +
                           "; build it first");
}

ChildProcess::ChildProcess(const std::filesystem::path& program,
                           const std::vector<std::string>& arguments) {
  if (::access(program.c_str(), X_OK) != 0) throw_errno(program.string());

  std::vector<char*> argv;
  argv.push_back(const_cast<char*>(program.c_str()));
  for (const std::string& argument : arguments) {
    argv.push_back(const_cast<char*>(argument.c_str()));
  }
  argv.push_back(nullptr);

  Pipe input;
  Pipe output;
  sigset_t all;
  sigset_t none;
  sigset_t before;
  sigfillset(&all);
  sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_ = ::fork();
  if (pid_ == 0) {
    // Only calls that are safe while other threads of the parent held any lock.
    ::signal(SIGTERM, SIG_DFL);  // by which `end` asks it to end, even if we ignore it ourselves
    ::sigprocmask(SIG_SETMASK, &none, nullptr);  // and hears it if it has come already
    ::dup2(input.read_end(), STDIN_FILENO);
    ::dup2(output.write_end(), STDOUT_FILENO);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  const int reason = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = reason;
  if (pid_ < 0) throw_errno("fork");
  input_ = input.take_write_end();
  output_ = output.take_read_end();
}

ChildProcess::~ChildProcess() {
  ::close(input_);
  ::close(output_);
  if (pid_ == -1) return;
  ::kill(pid_, SIGKILL);
  wait();
}

std::string ChildProcess::read_output() const {
  std::string all;
  char buffer[4096];
  for (ssize_t size; (size = ::read(output_, buffer, sizeof buffer)) > 0;) {
    all.append(buffer, static_cast<std::size_t>(size));
  }
  return all;
}

ChildProcess::End ChildProcess::wait() {
  if (pid_ == -1) return end_;  // to `wait4` it would mean: any child
  while (::wait4(pid_, &end_.status, 0, &end_.used) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return end_;
}

ChildProcess::End ChildProcess::end() {
  if (pid_ != -1) ::kill(pid_, SIGTERM);  // to `kill` -1 would mean: everyone
  return wait();
}

}  // namespace common
