#include "common/net/resolver.h"

#include <netdb.h>
#include <pthread.h>
#include <sys/socket.h>

#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace common {

namespace {

/// The error if it says nothing about the name. Checks errno first, because glibc reports the name
/// as unknown when it had no descriptor to open the hosts file with.
std::error_code failure_of_ours(int failure, int reason) {
  const std::error_code code(reason, std::system_category());
  if (reason == EMFILE || reason == ENFILE || reason == ENOMEM || reason == ENOBUFS) return code;
  switch (failure) {
  case EAI_SYSTEM:
    return reason != 0 ? code : std::make_error_code(std::errc::io_error);
  case EAI_MEMORY:
    return std::make_error_code(std::errc::not_enough_memory);
  case EAI_AGAIN:  // no name server has answered
    return std::make_error_code(std::errc::resource_unavailable_try_again);
  default:
    return {};
  }
}

}  // namespace

Resolver::Result Resolver::ask_system(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  // Not AI_ADDRCONFIG: it would hide ::1 and 127.0.0.1 where no other address is set up.
  hints.ai_flags = 0;

  addrinfo* list = nullptr;
  errno = 0;  // an older value must not be taken for this look-up's
  const int failure = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
  const int reason = errno;
  if (failure != 0) {
    const std::error_code ours = failure_of_ours(failure, reason);
    const bool by_errno = ours && ours.category() == std::system_category();
    return {{}, by_errno ? ours.message() : ::gai_strerror(failure), ours};
  }

  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);
  Result result;
  for (const addrinfo* one = list; one != nullptr; one = one->ai_next) {
    if (one->ai_family != AF_INET && one->ai_family != AF_INET6) continue;
    result.addresses.push_back(Endpoint(one->ai_addr).with_port(port));
  }
  if (result.addresses.empty()) result.error = "The name has no address";
  return result;
}

/// What the Resolver and its thread share. Whoever of the two is last deletes it: the thread may
/// still be inside `getaddrinfo`, which nothing can interrupt, when the Resolver is gone.
struct Resolver::State {
  struct Job {
    std::string host;
    std::uint16_t port;
    Callback callback;
  };

  explicit State(LookUp how) : look_up(std::move(how)) {}

  const LookUp look_up;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Job> jobs;  // the first one is being looked up
  bool started = false;
  bool calling = false;    // the thread is inside a callback
  bool abandoned = false;  // the Resolver is gone

  void run();
};

void Resolver::State::run() {
  std::unique_lock lock(mutex);
  for (;;) {
    changed.wait(lock, [this] { return abandoned || !jobs.empty(); });
    if (abandoned) return;
    const std::string host = jobs.front().host;
    const std::uint16_t port = jobs.front().port;

    lock.unlock();
    Result result = look_up(host, port);
    lock.lock();
    if (abandoned) return;

    Callback callback = std::move(jobs.front().callback);
    jobs.pop_front();
    calling = true;
    lock.unlock();
    callback(std::move(result));
    callback = nullptr;  // destroys what it owns before the destructor may return
    lock.lock();
    calling = false;
    changed.notify_all();
  }
}

Resolver::Resolver(LookUp look_up) : state_(std::make_shared<State>(std::move(look_up))) {}

Resolver::~Resolver() {
  std::deque<State::Job> dropped;  // destroyed last, after the lock is released
  std::unique_lock lock(state_->mutex);
  state_->abandoned = true;
  state_->changed.notify_all();
  state_->changed.wait(lock, [this] { return !state_->calling; });
  dropped.swap(state_->jobs);
}

void Resolver::resolve(std::string host, std::uint16_t port, Callback callback) {
  const std::lock_guard lock(state_->mutex);
  if (!state_->started) {
    // A thread begins with its creator's signal mask: with all of them blocked, Ctrl-C goes to a
    // thread that can do something about it.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    try {
      std::thread([state = state_] { state->run(); }).detach();
    } catch (...) {
      pthread_sigmask(SIG_SETMASK, &before, nullptr);
      throw;
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    state_->started = true;
  }
  state_->jobs.push_back({std::move(host), port, std::move(callback)});
  state_->changed.notify_all();
}

}  // namespace common
