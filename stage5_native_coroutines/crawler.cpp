// Shows: stage 1's code, and stage 2's speed (§5). Since stage 4: the machine is a function again,
// its members are locals again, and the compiler writes the `switch`. Since stage 1: `co_await`.
#include "crawler.h"

#include <cstdint>
#include <exception>
#include <utility>
#include <variant>

#include "async_io.h"
#include "await_tree.h"
#include "common/crawl/frontier.h"
#include "errors.h"
#include "event.h"
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

// What a fetch comes to by its deadline. One that is cancelled comes to nothing.
Coroutine<Outcome> outcome_of(Coroutine<Response> fetched, Timing* timing) {
  const Timeout limit(*timing);
  try {
    co_return co_await fetched;
  } catch (const CancelledError&) {
    if (!limit.expired()) throw;
    co_return timed_out();
  } catch (...) {
    co_return std::current_exception();
  }
}

// A page in flight has one copy of its Attempt: the one in `fetch`.
Coroutine<> fetch_and_report(std::uint64_t id, Coroutine<Outcome> fetched, Frontier* frontier,
                             Event* news) {
  frontier->report(id, co_await fetched);
  news->set();
}

// Keeps as many fetches going as the Frontier allows. `news` is set when it should be asked anew.
Coroutine<> crawl_all(TaskGroup* fetches, Frontier* frontier, Event* news) {
  const auto set_news = [news] { news->set(); };
  const Registration wakeup(fetches->loop(), frontier->wakeup_fd(), event_read, set_news);
  for (;;) {
    news->clear();
    auto next = frontier->next(Clock::now());
    if (auto* attempt = std::get_if<Attempt>(&next)) {
      auto fetched = outcome_of(fetch(*attempt), attempt->timing);
      fetches->create_task(fetch_and_report(attempt->id, std::move(fetched), frontier, news),
                           attempt->url);
    } else if (auto* wait = std::get_if<WaitUntil>(&next)) {
      const auto pause = fetches->loop().call_at(wait->when, set_news);
      co_await news->wait();
    } else if (std::holds_alternative<WaitForOne>(next)) {
      co_await news->wait();
    } else {
      fetches->cancel();  // what is still in flight was interrupted
      co_return;
    }
  }
}

}  // namespace

CrawlReport crawl(const CrawlJob& job) {
  EventLoop loop(job.selector);
  loop.set_debug(job.debug);
  Frontier frontier(job);
  Event news;
  {
    const AwaitTreeOnSignal on_signal(loop);
    run_until_complete(loop, with_task_group(crawl_all, &frontier, &news));
  }
  auto report = frontier.finish();
  report.selector = loop.counts();
  return report;
}

}  // namespace stage5
