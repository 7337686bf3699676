#include "leftovers.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <filesystem>
#include <thread>

#include "common/net/clock.h"

namespace {

std::size_t entries_of(const char* folder) {
  const std::filesystem::directory_iterator all(folder);
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

std::size_t descriptors() { return entries_of("/proc/self/fd"); }
std::size_t threads() { return entries_of("/proc/self/task"); }
bool has_children() { return ::waitid(P_ALL, 0, nullptr, WEXITED | WNOHANG | WNOWAIT) == 0; }

}  // namespace

Leftovers::Leftovers() : has_children_(has_children()), descriptors_(descriptors()) {
  // ThreadSanitizer adds a thread of its own to the first one: that one is not left over.
  std::filesystem::path first;
  std::thread([&first] { first = std::filesystem::read_symlink("/proc/thread-self"); }).join();
  while (exists("/proc" / first)) std::this_thread::yield();
  threads_ = threads();
}

Leftovers::~Leftovers() {
  EXPECT_EQ(descriptors(), descriptors_) << "a descriptor was left open";
  EXPECT_EQ(has_children(), has_children_) << "a child process was left";
  const auto give_up = common::Clock::now() + std::chrono::seconds(10);
  while (threads() != threads_ && common::Clock::now() < give_up) std::this_thread::yield();
  EXPECT_EQ(threads(), threads_) << "a thread was left running";
}
