// Shows: what was tried before event loops (§3.2-3.4): let the kernel run many processes, or many
// threads, or ask a socket again and again. The first two are as fast as anything, and each page
// that waits costs a process or a thread; the last is no faster than stage 1, and burns the
// processor while it waits.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "common/crawl/crawl_error.h"
#include "common/crawl/frontier.h"
#include "common/http/response_parser.h"
#include "common/net/platform.h"
#include "common/net/socket.h"
#include "common/net/wakeup.h"
#include "crawler.h"

namespace stage1 {

using namespace common;

// ---- §3.4 busy: the socket never blocks, so the program keeps asking ----------------------------

namespace {

void check_deadline(Socket& sock) {
  if (sock.too_late()) throw std::system_error(timed_out());
}

}  // namespace

Response fetch_busily(Attempt attempt) {
  Socket sock(attempt.address.family(), attempt.timing);
  while (!sock.connect(attempt.address)) check_deadline(sock);

  std::string_view unsent = attempt.request;
  while (!unsent.empty()) {
    unsent.remove_prefix(sock.send(unsent));
    check_deadline(sock);
  }

  ResponseParser response(attempt.max_body);
  while (!response.complete()) {
    if (auto chunk = sock.recv()) response.feed(*chunk);
    check_deadline(sock);
  }
  return response.take();
}

// ---- §3.3 threads: shared state needs locks -----------------------------------------------------

namespace {

// Joins its threads when it is destroyed, after `stop` has told them to end. It stands in for
// `std::jthread`, which some standard libraries do not have.
class JoinedThreads {
 public:
  explicit JoinedThreads(std::function<void()> stop) : stop_(std::move(stop)) {}
  JoinedThreads(const JoinedThreads&) = delete;
  JoinedThreads& operator=(const JoinedThreads&) = delete;
  ~JoinedThreads() { join(); }

  void start(const auto& body) { threads_.emplace_back(body); }
  bool empty() const { return threads_.empty(); }
  void join() {
    stop_();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

 private:
  std::function<void()> stop_;
  std::vector<std::thread> threads_;
};

}  // namespace

CrawlReport crawl_with_threads(const CrawlJob& job) {
  Frontier frontier(job);
  std::mutex mutex;  // guards all that the threads share: the frontier and the lines below
  std::condition_variable work;
  std::deque<Attempt> todo;
  std::size_t idle = 0;
  bool stopping = false;
  Wakeup reported;

  const auto worker = [&] {
    std::unique_lock lock(mutex);
    for (;;) {
      ++idle;
      work.wait(lock, [&] { return stopping || !todo.empty(); });
      --idle;
      if (stopping) return;
      const Attempt attempt = todo.front();
      todo.pop_front();
      lock.unlock();  // the threads wait for their pages side by side
      Outcome outcome = outcome_of(fetch, attempt);
      lock.lock();
      frontier.report(attempt, std::move(outcome));
      reported.notify();
    }
  };

  JoinedThreads threads([&] {
    const std::lock_guard guard(mutex);
    stopping = true;
    work.notify_all();
  });
  std::unique_lock lock(mutex);
  for (;;) {
    reported.clear();
    auto next = frontier.next(Clock::now());
    if (auto* attempt = std::get_if<Attempt>(&next)) {
      todo.push_back(*attempt);
      try {
        if (todo.size() > idle) threads.start(worker);
      } catch (const std::system_error&) {
        if (threads.empty()) throw;  // no more threads now: those that run take it
      }
      work.notify_one();
      continue;
    }
    if (std::holds_alternative<Finished>(next)) break;
    auto* wait = std::get_if<WaitUntil>(&next);
    lock.unlock();
    wait_readable({frontier.wakeup_fd(), reported.fd()}, wait ? wait->when : TimePoint::max());
    lock.lock();
  }
  lock.unlock();
  threads.join();
  return frontier.finish();
}

// ---- §3.2 processes: nothing is shared, so everything is copied ---------------------------------

namespace {

// Holds what a child process reports to its parent; the texts follow. Both run the same program on
// the same clock, so plain bytes are enough.
struct Message {
  int error = 0;  // a CrawlError, or 0
  int status = 0;
  bool has_location = false;
  bool locations_differ = false;
  std::size_t header_bytes = 0;
  TimePoint connecting, connected, sent, first_byte;
  std::array<std::size_t, 4> sizes{};
};

std::array<std::string*, 4> texts_of(Response& response) {
  return {&response.content_type, &response.content_encoding, &response.location, &response.body};
}

std::string pack(Outcome outcome, const Timing& timing) {
  Response response;
  Message message;
  if (outcome.ok()) {
    response = std::move(outcome.response());
  } else {
    const bool connected = timing.connected != TimePoint{};
    message.error = static_cast<int>(crawl_error_from(outcome.error(), connected));
  }
  message.status = response.status;
  message.has_location = response.has_location;
  message.locations_differ = response.locations_differ;
  message.header_bytes = response.header_bytes;
  message.connecting = timing.connecting;
  message.connected = timing.connected;
  message.sent = timing.sent;
  message.first_byte = timing.first_byte;
  std::string texts;
  for (std::size_t i = 0; i < message.sizes.size(); ++i) {
    message.sizes[i] = texts_of(response)[i]->size();
    texts += *texts_of(response)[i];
  }
  return std::string(reinterpret_cast<const char*>(&message), sizeof message) + texts;
}

Outcome unpack(std::string_view bytes, Timing& timing) {
  Message message;
  if (bytes.size() < sizeof message)
    return make_error_code(CrawlError::internal_error);  // it died before it spoke
  std::memcpy(&message, bytes.data(), sizeof message);
  bytes.remove_prefix(sizeof message);
  timing.connecting = message.connecting;
  timing.connected = message.connected;
  timing.sent = message.sent;
  timing.first_byte = message.first_byte;
  if (message.error != 0) return make_error_code(static_cast<CrawlError>(message.error));
  Response response;
  response.status = message.status;
  response.has_location = message.has_location;
  response.locations_differ = message.locations_differ;
  response.header_bytes = message.header_bytes;
  for (std::size_t i = 0; i < message.sizes.size(); ++i) {
    if (bytes.size() < message.sizes[i])
      return make_error_code(CrawlError::internal_error);  // it died in mid-sentence
    *texts_of(response)[i] = bytes.substr(0, message.sizes[i]);
    bytes.remove_prefix(message.sizes[i]);
  }
  return response;
}

// Runs a process that fetches one page and writes the outcome into a pipe. The process ends with
// this object, or with its parent. It is a copy of the parent, but only of this one thread: a mutex
// that another thread held would stay locked forever, so it touches nothing that others lock.
class Child {
 public:
  explicit Child(Attempt attempt) : attempt_(attempt) {
    std::array<int, 2> ends;
    if (!open_pipe(ends)) throw_errno("pipe");
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(ends[0]);  // the parent's end; this also frees a descriptor for the socket
      run(ends[1], parent);
    }
    ::close(ends[1]);
    pipe_ = ends[0];
    if (pid_ < 0) {
      ::close(pipe_);
      // There can be no more processes now. The Frontier treats that like running out of
      // descriptors.
      throw std::system_error(make_error_code(std::errc::too_many_files_open_in_system), "fork");
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    ::close(pipe_);
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) continue;
  }

  const Attempt& attempt() const { return attempt_; }
  int pipe() const { return pipe_; }

  // Takes what the child wrote, and blocks if there is nothing. Returns the Outcome when the child
  // has closed its end.
  std::optional<Outcome> read() {
    std::array<char, 65536> buffer;
    const auto count = ::read(pipe_, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) return std::nullopt;
    if (count <= 0) return unpack(bytes_, *attempt_.timing);
    bytes_.append(buffer.data(), static_cast<std::size_t>(count));
    return std::nullopt;
  }

 private:
  [[noreturn]] static void throw_errno(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
  }

  [[noreturn]] void run(int pipe, pid_t parent) const {
    end_with_parent(parent);
    ::signal(SIGINT, SIG_IGN);  // the parent handles Ctrl-C, and ends its children
    ::signal(SIGTERM, SIG_DFL);
    const std::string bytes = pack(outcome_of(fetch, attempt_), *attempt_.timing);
    std::string_view unsent = bytes;
    while (!unsent.empty()) {
      const auto count = ::write(pipe, unsent.data(), unsent.size());
      if (count < 0 && errno != EINTR) ::_exit(1);
      unsent.remove_prefix(count < 0 ? 0 : static_cast<std::size_t>(count));
    }
    ::_exit(0);
  }

  Attempt attempt_;
  std::string bytes_;
  pid_t pid_ = -1;
  int pipe_ = -1;
};

}  // namespace

CrawlReport crawl_with_processes(const CrawlJob& job) {
  Frontier frontier(job);
  std::map<int, std::unique_ptr<Child>> children;  // by their pipes
  for (;;) {
    auto next = frontier.next(Clock::now());
    if (auto* attempt = std::get_if<Attempt>(&next)) {
      try {
        auto child = std::make_unique<Child>(*attempt);
        children[child->pipe()] = std::move(child);
      } catch (const std::system_error&) {
        frontier.report(*attempt, std::current_exception());
      }
      continue;
    }
    if (std::holds_alternative<Finished>(next)) return frontier.finish();

    auto* wait = std::get_if<WaitUntil>(&next);
    std::vector<int> fds = {frontier.wakeup_fd()};
    for (auto& [pipe, child] : children) fds.push_back(pipe);
    for (const int fd : wait_readable(std::move(fds), wait ? wait->when : TimePoint::max())) {
      const auto found = children.find(fd);
      if (found == children.end()) continue;
      if (auto outcome = found->second->read()) {
        frontier.report(found->second->attempt(), std::move(*outcome));
        children.erase(found);
      }
    }
  }
}

}  // namespace stage1
