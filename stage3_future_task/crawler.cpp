// Shows: one function again, read from top to bottom, though it stops in the middle (§4.4.2, fig.
// 10). Since stage 2: three methods became one `resume`; the error checks are gone, because an
// error is thrown where the machine waits.
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

namespace stage3 {

using namespace common;

Fetch::Fetch(EventLoop& loop, Attempt attempt)
    : loop_(loop), attempt_(attempt), response_(attempt_.max_body) {}

// Stands for
//
//   Response fetch(Attempt attempt) {
//     Socket sock(attempt.address.family(), attempt.timing);
//     sock.connect(attempt.address);
//     std::string_view unsent = attempt.request;
//     do {
//       Future f;
//       register(sock, event_write, [&] { f.set_result({}); });
//       yield f;
//       unregister(sock);
//       sock.finish_connect();
//       unsent.remove_prefix(sock.send(unsent));
//     } while (!unsent.empty());
//     ResponseParser response(attempt.max_body);
//     while (!response.complete()) {
//       Future f;
//       register(sock, event_read, [&] { f.set_result(sock.recv()); });
//       chunk = yield f;
//       unregister(sock);
//       response.feed(chunk);
//     }
//     return response.take();
//   }
Step<Response> Fetch::resume(Sent& sent) {
  // Jumps to where it stopped, even into the middle of a loop. From here on the state is finished,
  // whether by return or by exception, unless the machine suspends again.
  switch (std::exchange(state_, finished)) {
  case starting:
    sent.take();
    sock_ = Socket(attempt_.address.family(), attempt_.timing);
    sock_.connect(attempt_.address);
    unsent_ = attempt_.request;
    do {
      future_ = std::make_shared<Future>();
      registration_.emplace(loop_, sock_.fd(), event_write, [this] { on_connected(); });
      state_ = connecting;
      return Yielded{future_};
    case connecting:
      sent.take();
      registration_.reset();
      sock_.finish_connect();
      unsent_.remove_prefix(sock_.send(unsent_));
    } while (!unsent_.empty());

    while (!response_.complete()) {
      future_ = std::make_shared<Future>();
      registration_.emplace(loop_, sock_.fd(), event_read, [this] { on_readable(); });
      state_ = reading;
      return Yielded{future_};
    case reading:
      const auto chunk = sent.take();
      registration_.reset();
      response_.feed(chunk);
    }
    return response_.take();

  case finished:
    break;
  }
  throw std::logic_error("resumed after it had finished");
}

// Called when the socket is writable: connected, refused, or with room again after a short send.
void Fetch::on_connected() { future_->set_result({}); }

// Called once for each wait, because the machine unregisters before the loop asks again.
void Fetch::on_readable() {
  try {
    if (auto chunk = sock_.recv()) future_->set_result(std::move(*chunk));  // else a false alarm
  } catch (...) {
    future_->set_exception(std::current_exception());
  }
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

}  // namespace stage3
