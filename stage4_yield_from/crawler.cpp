// Shows: stage 1's `fetch` in four lines again, three of which wait (§4.5.2, fig. 15). Since stage
// 3: its Registrations and Futures have moved to async_io; `yield_from` takes their place.
#include "crawler.h"

#include <cstdint>
#include <exception>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <variant>

#include "common/crawl/frontier.h"
#include "task.h"
#include "yield_from.h"

namespace stage4 {

using namespace common;

Fetch::Fetch(EventLoop& loop, Attempt attempt) : loop_(loop), attempt_(attempt) {}

// Stands for
//
//   Response fetch(Attempt attempt) {
//     Socket sock(attempt.address.family(), attempt.timing);
//     yield from connect(sock, attempt.address);
//     yield from send_all(sock, attempt.request);
//     return yield from read_all(sock, attempt.max_body);
//   }
Step<Response> Fetch::resume(Sent& sent) {
  // Jumps to where it stopped. From here on the state is finished, whether by return or by
  // exception, unless the machine suspends again. A child that has returned has taken what was
  // sent, so `sent` is empty and starts the next child.
  switch (std::exchange(state_, finished)) {
  case starting:
    sent.take();
    sock_ = Socket(attempt_.address.family(), attempt_.timing);
    connect_.emplace(loop_, sock_, attempt_.address);
    [[fallthrough]];
  case connecting: {
    auto step = yield_from(*connect_, sent);
    if (!step.returned()) {
      state_ = connecting;
      return step.yielded();
    }
    send_all_.emplace(loop_, sock_, attempt_.request);
    [[fallthrough]];
  }
  case sending: {
    auto step = yield_from(*send_all_, sent);
    if (!step.returned()) {
      state_ = sending;
      return step.yielded();
    }
    read_all_.emplace(loop_, sock_, attempt_.max_body);
    [[fallthrough]];
  }
  case reading: {
    auto step = yield_from(*read_all_, sent);
    if (!step.returned()) {
      state_ = reading;
      return step.yielded();
    }
    return std::move(step.value());
  }
  case finished:
    break;
  }
  throw std::logic_error("resumed after it had finished");
}

namespace {

// Keeps as many fetches in flight as the Frontier allows.
class Driver {
 public:
  explicit Driver(const CrawlJob& job) : loop_(job.selector), frontier_(job) {}

  CrawlReport run() {
    {  // the wake-up is unregistered before registrations are counted
      Registration wakeup(loop_, frontier_.wakeup_fd(), event_read, [this] { start_fetches(); });
      loop_.call_soon([this] { start_fetches(); });
      loop_.run();
      for (auto& [id, fetch] : fetches_) {  // may be done since the turn that stopped the loop
        if (fetch.task->done()) frontier_.report(fetch.attempt, outcome_of(*fetch.task));
      }
      fetches_.clear();  // closes what is still in flight: it was interrupted
    }
    auto report = frontier_.finish();
    report.selector = loop_.counts();
    return report;
  }

 private:
  struct InFlight {
    Attempt attempt;
    std::unique_ptr<Task<Fetch>> task;
    Timer deadline;
  };

  void start_fetches() {
    for (;;) {
      auto next = frontier_.next(Clock::now());
      if (auto* attempt = std::get_if<Attempt>(&next)) {
        start(*attempt);
      } else if (auto* wait = std::get_if<WaitUntil>(&next)) {
        pause_ = loop_.call_at(wait->when, [this] { start_fetches(); });
        return;
      } else {
        if (std::holds_alternative<Finished>(next)) loop_.stop();
        return;  // WaitForOne: `done` calls this again
      }
    }
  }

  void start(Attempt attempt) {
    const auto id = attempt.id;
    auto& fetch = fetches_[id];
    fetch.attempt = attempt;
    fetch.task = std::make_unique<Task<Fetch>>(loop_, std::make_unique<Fetch>(loop_, attempt));
    fetch.task->add_done_callback([this, id] { done(id); });
    set_deadline(fetch);
  }

  void set_deadline(InFlight& fetch) {
    fetch.deadline = loop_.call_at(fetch.attempt.timing->current_deadline(),
                                   [this, &fetch] { deadline_passed(fetch); });
  }

  void deadline_passed(InFlight& fetch) {
    // Sets the timer again if the deadline was the connect deadline and the connection is made, or
    // if the socket has to be asked once more: bytes that arrived in time may be waiting in it.
    if (!fetch.attempt.timing->too_late()) return set_deadline(fetch);
    fetch.task->throw_(std::make_exception_ptr(std::system_error(timed_out())));
  }

  void done(std::uint64_t id) {
    const auto fetch = fetches_.extract(id);
    frontier_.report(fetch.mapped().attempt, outcome_of(*fetch.mapped().task));
    start_fetches();
  }

  static Outcome outcome_of(Task<Fetch>& task) {
    try {
      return std::move(task.result());
    } catch (...) {
      return std::current_exception();
    }
  }

  EventLoop loop_;
  Frontier frontier_;
  Timer pause_;
  std::unordered_map<std::uint64_t, InFlight> fetches_;
};

}  // namespace

CrawlReport crawl(const CrawlJob& job) { return Driver(job).run(); }

}  // namespace stage4
