// Shows: stage 1's code, and stage 2's speed (§5). Since stage 4: the machine is a function again,
// its members are locals again, and the compiler writes the `switch`. Since stage 1: `co_await`.
#include "crawler.h"

#include <exception>
#include <utility>
#include <variant>

#include "async_io.h"
#include "common/crawl/frontier.h"
#include "semaphore.h"
#include "task_group.h"
#include "timeout.h"

namespace stage5 {

using namespace common;

Coroutine<Response> fetch(Attempt attempt) {
  Socket sock(attempt.address.family(), attempt.timing);
  co_await connect(sock, attempt.address);
  co_await send_all(sock, attempt.request);
  co_return co_await read_all(sock, attempt.max_body);
}

namespace {

Coroutine<Outcome> outcome_of(Attempt attempt) {
  try {
    co_return co_await timeout(attempt.timing->deadline, fetch(attempt));
  } catch (...) {
    co_return std::current_exception();
  }
}

// `news` has a permit for each reason to ask the Frontier anew.
Coroutine<> fetch_and_report(Attempt attempt, Frontier* frontier, Semaphore* news) {
  frontier->report(attempt, co_await outcome_of(attempt));
  news->release();
}

// Keeps as many fetches going as the Frontier allows.
Coroutine<> crawl_all(EventLoop* loop, Frontier* frontier) {
  Semaphore news(0);
  TaskGroup fetches(*loop);  // dropped at the end with what is still in flight: it was interrupted
  Registration wakeup(*loop, frontier->wakeup_fd(), event_read, [&news] { news.release(); });
  for (;;) {
    auto next = frontier->next(Clock::now());
    if (auto* attempt = std::get_if<Attempt>(&next)) {
      fetches.spawn(fetch_and_report(std::move(*attempt), frontier, &news));
    } else if (auto* wait = std::get_if<WaitUntil>(&next)) {
      const auto pause = loop->call_at(wait->when, [&news] { news.release(); });
      co_await news.acquire();
    } else if (std::holds_alternative<WaitForOne>(next)) {
      co_await news.acquire();
    } else {
      co_return;
    }
  }
}

}  // namespace

CrawlReport crawl(const CrawlJob& job) {
  EventLoop loop(job.selector);
  Frontier frontier(job);
  run_until_complete(loop, crawl_all(&loop, &frontier));
  auto report = frontier.finish();
  report.selector = loop.counts();
  return report;
}

}  // namespace stage5
