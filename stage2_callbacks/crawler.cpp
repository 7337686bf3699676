// Shows: what callbacks do to a program (§3.5, §4.1). Since stage 1: `fetch` fell apart into
// `fetch`, `connected` and `read_response`; its locals became members; its exceptions became error
// codes that are passed on.
#include "crawler.h"

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>
#include <variant>

#include "common/crawl/frontier.h"

namespace stage2 {

using namespace common;

Crawler::Crawler(EventLoop& loop, Attempt attempt, Done done)
    : loop_(loop),
      attempt_(attempt),
      done_(std::move(done)),
      unsent_(attempt_.request),
      response_(attempt_.max_body) {}

Crawler::~Crawler() { release(); }

void Crawler::fetch() {
  std::error_code error;
  sock_ = Socket(attempt_.address.family(), attempt_.timing, error);
  if (error) return finish(error);
  sock_.connect(attempt_.address, error);  // done or not: the loop calls once it is writable
  if (error) return finish(error);
  set_deadline();
  register_callback(event_write, &Crawler::connected);
}

void Crawler::connected(const Key&, Events) {
  std::error_code error;
  sock_.finish_connect(error);
  if (error) return finish(error);
  unsent_.remove_prefix(sock_.send(unsent_, error));
  if (error) return finish(error);
  if (!unsent_.empty()) return;  // still registered: called again when there is room for more
  unregister();
  register_callback(event_read, &Crawler::read_response);
}

void Crawler::read_response(const Key&, Events) {
  std::error_code error;
  const auto chunk = sock_.recv(error);
  if (error) return finish(error);
  if (!chunk)
    return;  // a false alarm: still registered. (An empty chunk is the end of the stream.)
  response_.feed(*chunk, error);
  if (error) return finish(error);
  if (response_.complete()) finish({}, response_.take());
}

void Crawler::set_deadline() {
  deadline_ = loop_.call_at(sock_.deadline(), [this] { deadline_passed(); });
}

void Crawler::deadline_passed() {
  // Sets the timer again in two cases. That was the connect deadline, and the connection is made.
  // Or the last turn brought bytes, and more may be there, because a turn reads 4,096 at most.
  if (!sock_.too_late()) return set_deadline();
  finish(timed_out());
}

void Crawler::finish(std::error_code error, Response response) {
  release();
  done_(error, std::move(response));
}

void Crawler::register_callback(Events events, void (Crawler::*callback)(const Key&, Events)) {
  loop_.register_fd(sock_.fd(), events, [this, callback](const Key& key, Events mask) {
    (this->*callback)(key, mask);
  });
  registered_ = true;
}

void Crawler::unregister() {
  if (std::exchange(registered_, false)) loop_.unregister_fd(sock_.fd());
}

void Crawler::release() {
  unregister();
  deadline_.cancel();
  sock_.close();
}

namespace {

// Keeps as many fetches in flight as the Frontier allows.
class Driver {
 public:
  explicit Driver(const CrawlJob& job) : loop_(job.selector), frontier_(job) {}

  CrawlReport run() {
    loop_.register_fd(frontier_.wakeup_fd(), event_read, [this](auto&&...) { start_fetches(); });
    loop_.call_soon([this] { start_fetches(); });
    loop_.run();
    crawlers_.clear();  // closes what is still in flight: it was interrupted
    loop_.unregister_fd(frontier_.wakeup_fd());
    auto report = frontier_.finish();
    report.selector = loop_.counts();
    return report;
  }

 private:
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
    auto done = [this, attempt](std::error_code error, Response response) {
      frontier_.report(attempt, error ? Outcome(error) : Outcome(std::move(response)));
      loop_.call_soon([this, id = attempt.id] {  // not now: the Crawler is still on the stack
        crawlers_.erase(id);
        start_fetches();
      });
    };
    auto& crawler = crawlers_[attempt.id];
    crawler = std::make_unique<Crawler>(loop_, attempt, std::move(done));
    crawler->fetch();
  }

  EventLoop loop_;
  Frontier frontier_;
  Timer pause_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Crawler>> crawlers_;
};

}  // namespace

CrawlReport crawl(const CrawlJob& job) { return Driver(job).run(); }

}  // namespace stage2
