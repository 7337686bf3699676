// Where a URL goes: queue -> (look-up) -> in flight -> result, with ways back to the queue at once
// (the next address of the host, no descriptor free) or after a pause (a retry).
#include "common/crawl/frontier.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <exception>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "common/crawl/crawl_clock.h"
#include "common/crawl/crawl_error.h"
#include "common/crawl/failure.h"
#include "common/crawl/hosts.h"
#include "common/crawl/interrupt.h"
#include "common/crawl/meaning.h"
#include "common/crawl/page_table.h"
#include "common/crawl/retry.h"
#include "common/crawl/scope.h"
#include "common/crawl/start_url.h"
#include "common/http/links.h"
#include "common/http/request.h"
#include "common/net/wakeup.h"
#include "common/trace/attempt_trace.h"
#include "common/trace/record.h"

namespace common {

class Frontier::Impl {
 public:
  Impl(const CrawlJob& job, Lookup lookup);
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl();

  Next next(TimePoint now);
  void report(std::uint64_t id, Outcome&& outcome, TimePoint now);
  CrawlReport finish(TimePoint now);
  int wakeup_fd() const noexcept { return wakeup_.fd(); }

 private:
  /// An attempt between `next` and `report`.
  struct Flight {
    Page* page = nullptr;
    std::size_t address = 0;  // index into the host's
    Timing timing;
    std::string request;

    bool connected() const noexcept { return timing.connected != TimePoint{}; }
  };
  using Flights = std::unordered_map<std::uint64_t, Flight>;

  bool interrupted() const { return job_.interrupt && job_.interrupt->requested(); }
  void fail() noexcept;
  Next decide(TimePoint now);
  void conclude_attempt(const Flight& flight, Outcome& outcome, TimePoint now);
  Page* meet(Url url, TimePoint now);
  void hear_of_look_ups(TimePoint now);
  void look_up_again(const std::vector<Page*>& pages, std::error_code reason, TimePoint now);
  void fail_look_up(Page& page, CrawlError error, TimePoint now);
  Page* take_ready(TimePoint now);
  Attempt hand_out(Page& page, TimePoint now);
  Flight& take_off(std::uint64_t id);
  void begin_trace(const Attempt& attempt) const;
  std::string end_trace(const Flight& flight, const Outcome& outcome) const;

  Flights::node_type land(std::uint64_t id);
  void answered(const Flight& flight, Response& response, TimePoint now);
  void failed(const Flight& flight, const Outcome& outcome, std::string origin, TimePoint now);
  std::optional<Failure> follow_redirect(Page& page, const Response& response, TimePoint now);
  void follow_links(Page& page, const Response& response, TimePoint now);
  PageResult& begin_result(Page& page);
  PageResult& begin_result(const Flight& flight);
  void conclude(Page& page, std::optional<Failure> failure, TimePoint now,
                const Response* response = nullptr);
  CrawlProgress progress() const;

  CrawlJob job_;
  Scope scope_;
  Wakeup wakeup_;
  Hosts hosts_;
  PageTable table_;
  CrawlClock clock_;

  // A page without a result is in one of these, or waits for the look-up of its host.
  std::deque<Page*> queue_;                 // breadth first
  std::multimap<TimePoint, Page*> paused_;  // by when they are to be tried again
  Flights flights_;
  std::vector<Flights::node_type> landed_;  // to be used again

  std::size_t cap_;             // of flights
  std::uint64_t attempts_ = 0;  // handed out so far, which names the last one
  std::size_t admitted_ = 0;    // pages that count towards the limit
  std::size_t most_in_flight_ = 0;
  std::size_t fetched_ = 0;
  std::size_t failed_ = 0;
  Duration last_result_{};

  std::exception_ptr error_;        // the first one, which `finish` throws
  std::atomic<bool> over_ = false;  // set with it, for threads that wait
};

Frontier::Impl::Impl(const CrawlJob& job, Lookup lookup)
    : job_(job),
      scope_(job.exclude),
      hosts_(std::move(lookup), wakeup_),
      cap_(std::max<std::size_t>(job.concurrency, 1)) {
  const TimePoint now = Clock::now();
  for (std::string& text : std::exchange(job_.urls, {})) {
    Url url = start_url(std::move(text));
    scope_.admit_host_of(url);
    meet(std::move(url), now);
  }
  if (job_.interrupt) job_.interrupt->attach(&wakeup_);
}

Frontier::Impl::~Impl() {
  if (job_.interrupt) job_.interrupt->attach(nullptr);
}

/// The page of a URL that was not met before, which now waits for its turn; nothing if it was.
Page* Frontier::Impl::meet(Url url, TimePoint now) {
  Page* const page = table_.add(std::move(url));
  if (!page) return nullptr;
  page->queued = clock_.at(now);
  queue_.push_back(page);
  return page;
}

/// Called where an exception is caught: the crawl is over, for everyone who waits, too.
void Frontier::Impl::fail() noexcept {
  error_ = std::current_exception();
  over_.store(true);
  wakeup_.notify();
}

Next Frontier::Impl::next(TimePoint now) {
  if (error_) return Finished{};
  try {
    return decide(now);
  } catch (...) {
    fail();
    return Finished{};
  }
}

Next Frontier::Impl::decide(TimePoint now) {
  trace::pause();
  if (interrupted()) return Finished{};
  clock_.go_on(now);
  if (wakeup_.clear()) {
    if (interrupted()) {
      wakeup_.notify();  // set meanwhile: the other waiting threads have to see it too
      return Finished{};
    }
    hear_of_look_ups(now);
  }

  while (flights_.size() < cap_) {
    Page* page = take_ready(now);
    if (!page) break;
    if (!page->host) page->host = &hosts_.get(*page->url);
    if (page->host->state != Host::State::known) {
      hosts_.wait(*page);
    } else if (page->host->addresses.empty()) {
      fail_look_up(*page, CrawlError::name_not_found, now);
    } else {
      return hand_out(*page, now);
    }
  }

  if (flights_.size() >= cap_) return WaitForOne{};
  if (!paused_.empty()) return WaitUntil{paused_.begin()->first};
  if (hosts_.waiting() > 0) {
    if (flights_.empty()) clock_.stand_still(now);
    return WaitUntil{TimePoint::max()};
  }
  if (!flights_.empty()) return WaitForOne{};
  return Finished{};
}

void Frontier::Impl::hear_of_look_ups(TimePoint now) {
  for (Host* host : hosts_.take_answers()) {
    const std::vector<Page*> waiting = std::exchange(host->waiting, {});
    if (!host->addresses.empty()) {
      queue_.insert(queue_.begin(), waiting.begin(), waiting.end());
      continue;
    }
    if (host->lookup_failure) {
      look_up_again(waiting, host->lookup_failure, now);
      continue;
    }
    for (Page* page : waiting) fail_look_up(*page, CrawlError::name_not_found, now);
  }
}

/// Tries these pages of one host again, because the look-up failed for a reason that says nothing
/// about its name.
void Frontier::Impl::look_up_again(const std::vector<Page*>& pages, std::error_code reason,
                                   TimePoint now) {
  const bool no_descriptor = crawl_error_from(reason, false) == CrawlError::too_many_open_files;

  // As in `failed`, but the look-up needs one descriptor in addition to those in flight.
  if (no_descriptor && !flights_.empty()) {
    cap_ = std::max<std::size_t>(flights_.size() - 1, 1);
    queue_.insert(queue_.begin(), pages.begin(), pages.end());
    return;
  }
  for (Page* page : pages) {
    ++page->tries;
    if (page->tries < job_.max_tries) {
      paused_.emplace(now + pause_after(page->tries), page);
    } else {
      fail_look_up(
          *page, no_descriptor ? CrawlError::too_many_open_files : CrawlError::lookup_failed, now);
    }
  }
}

void Frontier::Impl::fail_look_up(Page& page, CrawlError error, TimePoint now) {
  const std::string detail =
      "looking up " + std::string(page.url->host()) + ": " + page.host->error;
  begin_result(page);
  conclude(page, Failure{error, detail}, now);
}

/// The page whose turn it is, off its queue. Nothing if there is none, or none that the limit of
/// pages allows: what was admitted before is never behind what was not.
Page* Frontier::Impl::take_ready(TimePoint now) {
  if (!paused_.empty() && paused_.begin()->first <= now) {
    return paused_.extract(paused_.begin()).mapped();
  }
  if (queue_.empty()) return nullptr;
  Page* page = queue_.front();
  if (!page->admitted) {
    if (admitted_ >= job_.max_pages) return nullptr;
    page->admitted = true;
    ++admitted_;
  }
  queue_.pop_front();
  return page;
}

Attempt Frontier::Impl::hand_out(Page& page, TimePoint now) {
  const Host& host = *page.host;
  if (page.addresses_tried == 0) {
    ++page.tries;
    page.first_address = static_cast<std::uint16_t>(host.good_address);
  }
  const std::size_t index = (page.first_address + page.addresses_tried) % host.addresses.size();

  Attempt attempt;
  attempt.id = ++attempts_;
  attempt.url = page.url->text();
  attempt.address = host.addresses[index].with_port(page.url->port());
  attempt.max_body = job_.max_body;

  Flight& flight = take_off(attempt.id);
  flight.page = &page;
  flight.address = index;
  flight.timing = {};
  write_request(*page.url, flight.request);
  attempt.request = flight.request;
  flight.timing.connect_deadline = later(now, job_.connect_timeout);
  flight.timing.deadline = later(now, job_.timeout);
  if (job_.interrupt) flight.timing.cancelled = &job_.interrupt->flag();
  flight.timing.crawl_over = &over_;
  attempt.timing = &flight.timing;
  most_in_flight_ = std::max(most_in_flight_, flights_.size());
  clock_.start(now);
  begin_trace(attempt);
  return attempt;
}

/// A new flight. One that has landed lends its memory.
Frontier::Impl::Flight& Frontier::Impl::take_off(std::uint64_t id) {
  if (landed_.empty()) return flights_[id];
  auto entry = std::move(landed_.back());
  landed_.pop_back();
  entry.key() = id;
  return flights_.insert(std::move(entry)).position->second;
}

void Frontier::Impl::begin_trace(const Attempt& attempt) const {
  const bool printed = attempt.id <= job_.trace;
  if (!printed && !job_.verbose && !trace::recording()) return;
  auto& context = attempt.timing->trace;
  context = {.attempt = attempt.id, .printed = printed, .numbered = job_.trace > 1};
  const std::string address = attempt.address.to_string();
  trace::begin(
      context, {"begin", {{"url", attempt.url}, {"address", std::string_view(address)}}},
      "attempt " + std::to_string(attempt.id) + ": " + std::string(attempt.url) + " at " + address);
}

/// Where the error came from, if the report is to say it.
std::string Frontier::Impl::end_trace(const Flight& flight, const Outcome& outcome) const {
  const auto& context = flight.timing.trace;
  if (context.attempt == 0) return "";
  std::string origin = trace::take_origin(context);
  trace::end(context, {"end", {{"ok", outcome.ok()}}},
             "attempt " + std::to_string(context.attempt) +
                 (outcome.ok() ? " has its response" : " failed: " + outcome.error().message()));
  return job_.verbose ? origin : "";
}

void Frontier::Impl::report(std::uint64_t id, Outcome&& outcome, TimePoint now) {
  if (error_) return;
  auto entry = land(id);
  try {
    conclude_attempt(entry.mapped(), outcome, now);
    landed_.push_back(std::move(entry));
    if (job_.on_progress) job_.on_progress(progress());
  } catch (...) {
    fail();
  }
}

void Frontier::Impl::conclude_attempt(const Flight& flight, Outcome& outcome, TimePoint now) {
  std::string origin = end_trace(flight, outcome);
  if (outcome.ok()) {
    answered(flight, outcome.response(), now);
  } else {
    failed(flight, outcome, std::move(origin), now);
  }
}

Frontier::Impl::Flights::node_type Frontier::Impl::land(std::uint64_t id) {
  auto entry = flights_.extract(id);
  if (entry.empty()) throw std::logic_error("reported an attempt that is not in flight");
  const Flight& flight = entry.mapped();
  if (flight.connected()) flight.page->host->good_address = flight.address;
  return entry;
}

void Frontier::Impl::answered(const Flight& flight, Response& response, TimePoint now) {
  Page& page = *flight.page;
  page.addresses_tried = 0;
  if (worth_retrying(response.status) && page.tries < job_.max_tries) {
    paused_.emplace(now + pause_after(page.tries), &page);
    return;
  }
  PageResult& result = begin_result(flight);
  std::optional<Failure> failure;
  try {
    result.status = response.status;
    result.header_bytes = response.header_bytes;
    result.body_bytes = response.body.size();
    if (is_redirect(response.status)) {
      failure = follow_redirect(page, response, now);
    } else if (job_.follow && is_html(response)) {
      follow_links(page, response, now);
    }
  } catch (...) {
    failure = failure_from_exception();
  }
  result.content_type = std::move(response.content_type);
  result.content_encoding = std::move(response.content_encoding);
  conclude(page, std::move(failure), now, &response);
}

std::optional<Failure> Frontier::Impl::follow_redirect(Page& page, const Response& response,
                                                       TimePoint now) {
  const auto read = redirect_target(*page.url, response);
  if (const auto* failure = std::get_if<Failure>(&read)) return *failure;
  const Url& target = std::get<Url>(read);
  page.result->next_url = target.text();
  if (!scope_.contains(target)) return std::nullopt;

  if (Page* known = table_.find(target)) {
    if (&end_of_redirects(*known) == &page) {
      return Failure{CrawlError::redirect_loop,
                     "redirected to " + target.text() + ", which leads back here"};
    }
    page.leads_to = known;
    return std::nullopt;
  }
  if (page.redirects >= job_.max_redirects) {
    const std::string hops = std::to_string(page.redirects + 1);
    const std::string limit = std::to_string(job_.max_redirects);
    return Failure{CrawlError::too_many_redirects,
                   "redirected " + hops + " times in a row, more than the limit of " + limit};
  }
  page.leads_to = meet(target, now);
  page.leads_to->redirects = page.redirects + 1;
  return std::nullopt;
}

void Frontier::Impl::follow_links(Page& page, const Response& response, TimePoint now) {
  PageResult& result = *page.result;
  if (is_packed(response)) {
    result.note = "its links are not known: it is packed as " + response.content_encoding;
    return;
  }
  Links links = find_links(response.body, *page.url);
  if (links.given_up) result.note = "its links are not known: reading it takes too long";
  result.skipped_links = links.skipped;
  for (Url& url : links.urls) {
    if (url.text().size() > Scope::max_url) {
      ++result.skipped_links;
      continue;
    }
    ++result.links;
    if (table_.find(url) || !scope_.contains(url)) continue;
    ++result.new_links;
    meet(std::move(url), now);
  }
}

void Frontier::Impl::failed(const Flight& flight, const Outcome& outcome, std::string origin,
                            TimePoint now) {
  Page& page = *flight.page;
  const CrawlError error = crawl_error_from(outcome.error(), flight.connected());

  // An interrupt makes every deadline pass at once.
  const bool timed_out = error == CrawlError::timed_out || error == CrawlError::connect_timed_out;
  if (timed_out && interrupted()) {
    begin_result(flight).origin = std::move(origin);
    return conclude(page, Failure{CrawlError::interrupted}, now);
  }

  // The system has room for what is in flight now. This page does not count as tried.
  if (error == CrawlError::too_many_open_files && !flights_.empty()) {
    cap_ = flights_.size();
    if (page.addresses_tried == 0) --page.tries;
    queue_.push_front(&page);
    return;
  }
  if (worth_retrying(error)) {
    const bool other_address = page.addresses_tried + 1u < page.host->addresses.size();
    if (!flight.connected() && other_address) {
      ++page.addresses_tried;
      queue_.push_front(&page);
      return;
    }
    page.addresses_tried = 0;
    if (page.tries < job_.max_tries) {
      paused_.emplace(now + pause_after(page.tries), &page);
      return;
    }
  }
  PageResult& result = begin_result(flight);
  result.origin = std::move(origin);
  conclude(page, failed_attempt(error, outcome, *result.address, flight.connected(), job_), now);
}

/// The page has come to its end: its one result, as far as it is known before `conclude`.
PageResult& Frontier::Impl::begin_result(Page& page) {
  PageResult& result = table_.add_result(page);
  result.tries = page.tries;
  result.queued = page.queued;
  return result;
}

/// The same after an attempt.
PageResult& Frontier::Impl::begin_result(const Flight& flight) {
  const Page& page = *flight.page;
  const auto step = [this](TimePoint when) {
    return when == TimePoint{} ? std::nullopt : std::optional(clock_.at(when));
  };
  PageResult& result = begin_result(*flight.page);
  result.address = page.host->addresses[flight.address].with_port(page.url->port());
  result.connecting = step(flight.timing.connecting);
  result.connected = step(flight.timing.connected);
  result.sent = step(flight.timing.sent);
  result.first_byte = step(flight.timing.first_byte);
  return result;
}

/// Completes the result that has been begun.
void Frontier::Impl::conclude(Page& page, std::optional<Failure> failure, TimePoint now,
                              const Response* response) {
  PageResult& result = *page.result;
  result.url = std::move(*page.url).text();
  page.url.reset();
  result.done = clock_.at(now);
  last_result_ = std::max(last_result_, *result.done);

  if (!failure && response && job_.on_page) {
    try {
      job_.on_page(result, *response);
    } catch (...) {
      failure = failure_from_exception();
    }
  }
  if (failure) {
    result.error = failure->error;
    result.detail = std::move(failure->detail);
  }
  ++(failure ? failed_ : fetched_);
}

CrawlProgress Frontier::Impl::progress() const {
  return {.fetched = fetched_,
          .failed = failed_,
          .in_flight = flights_.size(),
          .queued = queue_.size() + paused_.size() + hosts_.waiting()};
}

CrawlReport Frontier::Impl::finish(TimePoint now) {
  if (error_) std::rethrow_exception(error_);
  for (const auto& [id, flight] : flights_) {
    trace::record_in(flight.timing.trace, {"end", {{"ok", false}}});
    begin_result(flight);
    conclude(*flight.page, Failure{CrawlError::interrupted}, now);
  }

  CrawlReport report;
  report.pages.reserve(fetched_ + failed_);
  for (Page* page : table_.sorted()) {
    if (page->result) {
      report.pages.push_back(std::move(*page->result));
    } else {
      report.remaining.emplace_back(page->text());
    }
  }
  report.interrupted = interrupted();
  report.elapsed = last_result_;
  report.lookup_time = hosts_.lookup_time();
  report.most_in_flight = most_in_flight_;
  return report;
}

Frontier::Frontier(const CrawlJob& job, Lookup lookup)
    : impl_(std::make_unique<Impl>(job, std::move(lookup))) {}
Frontier::~Frontier() = default;
Next Frontier::next(TimePoint now) { return impl_->next(now); }
void Frontier::report(const Attempt& attempt, Outcome&& outcome) {
  report(attempt.id, std::move(outcome));
}
void Frontier::report(const Attempt& attempt, Outcome&& outcome, TimePoint now) {
  impl_->report(attempt.id, std::move(outcome), now);
}
void Frontier::report(std::uint64_t id, Outcome&& outcome) {
  impl_->report(id, std::move(outcome), Clock::now());
}
int Frontier::wakeup_fd() const noexcept { return impl_->wakeup_fd(); }
CrawlReport Frontier::finish() { return impl_->finish(Clock::now()); }
CrawlReport Frontier::finish(TimePoint now) { return impl_->finish(now); }

}  // namespace common
