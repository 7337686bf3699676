// Exercise 1, solved: one mutex for the queue, and a condition for each of the two who wait.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

/// Runs jobs on `threads` threads. For callers in any thread.
class ThreadPool {
 public:
  using Job = std::function<void()>;

  /// At most `most_waiting` jobs (at least 1) wait for a thread.
  ThreadPool(std::size_t threads, std::size_t most_waiting) : most_waiting_(most_waiting) {
    while (threads_.size() < threads) threads_.emplace_back([this] { work(); });
  }
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /// Waits until every job that was submitted has run.
  ~ThreadPool() {
    std::unique_lock lock(mutex_);
    closed_ = true;
    lock.unlock();
    not_empty_.notify_all();
    threads_.clear();  // joins them: here, while the members that they use are still there
  }

  /// Leaves `job` for one of the threads. Blocks while too many jobs wait already. What the job
  /// throws is lost: it has to see to its errors itself.
  void submit(Job job) {
    std::unique_lock lock(mutex_);
    not_full_.wait(lock, [this] { return waiting_.size() < most_waiting_; });
    waiting_.push_back(std::move(job));
    not_empty_.notify_one();
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      not_empty_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      Job job = std::move(waiting_.front());
      waiting_.pop_front();
      not_full_.notify_one();
      lock.unlock();  // the jobs are what goes on side by side
      try {
        job();
      } catch (...) {
      }
      job = nullptr;  // what it captured may lock, too
      lock.lock();
    }
  }

  const std::size_t most_waiting_;
  std::mutex mutex_;  // for the two below
  std::deque<Job> waiting_;
  bool closed_ = false;
  std::condition_variable not_empty_;
  std::condition_variable not_full_;
  std::vector<std::jthread> threads_;
};
