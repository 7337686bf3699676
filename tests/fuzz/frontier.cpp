// A crawl whose every turn the input decides, byte by byte: the job, which attempt ends next and
// how, what pages say, when names are found, how time passes, whether Ctrl-C comes. Used up, it
// says zero, and then every crawl must come to its end.
#include "common/crawl/frontier.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/crawl/crawl_error.h"
#include "common/crawl/interrupt.h"
#include "common/http/http_error.h"
#include "tests/fuzz/target.h"

namespace common {
namespace {

using std::chrono::milliseconds;

class Choices {
 public:
  explicit Choices(std::string_view bytes) : bytes_(bytes) {}

  std::size_t below(std::size_t limit) {
    if (bytes_.empty()) return 0;
    const auto byte = static_cast<unsigned char>(bytes_.front());
    bytes_.remove_prefix(1);
    return byte % limit;
  }
  bool rarely() { return below(16) == 15; }

  /// Raw bytes, as a server might send them.
  std::string text() {
    const std::string_view text = bytes_.substr(0, below(24));
    bytes_.remove_prefix(text.size());
    return std::string(text);
  }

 private:
  std::string_view bytes_;
};

constexpr std::array hosts = {"10.0.0.1", "a.test", "www.a.test", "b.test", "10.0.0.1:81"};

std::string some_url(Choices& choose) {
  const std::string host = hosts[choose.below(hosts.size())];
  return "http://" + host + "/" + std::to_string(choose.below(8));
}

std::string some_reference(Choices& choose) {
  switch (choose.below(4)) {
  case 0:
    return some_url(choose);
  case 1:
    return std::to_string(choose.below(8));
  case 2:
    return "https://" + choose.text();
  default:
    return choose.text();
  }
}

Response some_response(Choices& choose) {
  constexpr std::array statuses = {404, 200, 200, 200, 301, 302, 307, 503, 429, 304, 999};
  Response response;
  response.status = statuses[choose.below(statuses.size())];
  response.content_type = choose.rarely() ? choose.text() : "text/html";
  if (choose.rarely()) response.content_encoding = choose.text();
  response.has_location = !choose.rarely();
  if (response.status / 100 == 3) response.location = some_reference(choose);
  if (response.status == 200) {
    for (std::size_t links = choose.below(4); links > 0; --links) {
      response.body += "<a href='" + some_reference(choose) + "'>link</a>";
    }
  }
  return response;
}

Outcome some_outcome(Choices& choose) {
  switch (choose.below(8)) {
  case 0:
  case 1:
  case 2:
  case 3:
    return some_response(choose);
  case 4:
    return std::make_error_code(std::errc::connection_refused);
  case 5:
    return std::make_error_code(std::errc::timed_out);
  case 6:
    return std::make_error_code(std::errc::too_many_files_open);
  default:
    return make_error_code(HttpError::closed_early);
  }
}

CrawlJob some_job(Choices& choose) {
  CrawlJob job;
  for (std::size_t i = choose.below(4) + 1; i > 0; --i) job.urls.push_back(some_url(choose));
  job.concurrency = choose.below(5) + 1;
  job.max_pages = choose.below(32) + 1;
  job.max_redirects = choose.below(4);
  job.max_tries = choose.below(4) + 1;
  job.follow = choose.below(4) != 0;
  if (choose.rarely()) job.exclude.push_back("/[3-5]");
  return job;
}

/// Plays the part of a stage, and of the servers, and of the clock.
class Play {
 public:
  explicit Play(Choices choose)
      : choose_(choose), job_(some_job(choose_)), frontier_(with_interrupt(job_), lookup()) {}

  void run() {
    while (step()) {
    }
    check(frontier_.finish(now_));
  }

 private:
  const CrawlJob& with_interrupt(CrawlJob& job) {
    job.interrupt = &interrupt_;
    return job;
  }

  Frontier::Lookup lookup() {
    return [this](const std::string&, std::uint16_t, Resolver::Callback callback) {
      lookups_.push_back(std::move(callback));
    };
  }

  bool step() {
    if (choose_.rarely() && choose_.rarely()) interrupt_.request();
    // A stage may also ask again when nothing has happened, and attempts may end while it asks.
    if (!in_flight_.empty() && choose_.below(4) == 3) end_an_attempt();

    Next next = frontier_.next(now_);
    if (auto* attempt = std::get_if<Attempt>(&next)) {
      begin(*attempt);
    } else if (const auto* wait = std::get_if<WaitUntil>(&next)) {
      wait_until(wait->when);
    } else if (std::holds_alternative<WaitForOne>(next)) {
      require(!in_flight_.empty(), "one is waited for only if one is in flight");
      end_an_attempt();
    } else {
      require(interrupt_.requested() || (in_flight_.empty() && lookups_.empty()),
              "nothing is finished while something is under way");
      return false;
    }
    return true;
  }

  void begin(Attempt attempt) {
    require(!interrupt_.requested(), "nothing is begun after an interrupt");
    require(attempt.id > last_id_, "an attempt has a number of its own");
    last_id_ = attempt.id;
    for (const Attempt& other : in_flight_) {
      require(other.url != attempt.url, "a URL is in flight once: " + std::string(attempt.url));
    }
    require(attempt.timing->deadline > now_, "an attempt has time");
    tried_.emplace(attempt.url);
    in_flight_.push_back(attempt);
    require(in_flight_.size() <= job_.concurrency, "the cap is held");
    most_in_flight_ = std::max(most_in_flight_, in_flight_.size());
  }

  void wait_until(TimePoint when) {
    require(when > now_, "what is waited for lies ahead");
    require(when != TimePoint::max() || !lookups_.empty(), "something can end the wait");
    if (!lookups_.empty() && (when == TimePoint::max() || choose_.below(2) == 1)) {
      answer_a_lookup();
    } else if (!in_flight_.empty() && choose_.below(2) == 1) {
      end_an_attempt();
    } else {
      now_ = when;
    }
  }

  void answer_a_lookup() {
    const auto chosen =
        lookups_.begin() + static_cast<std::ptrdiff_t>(choose_.below(lookups_.size()));
    const Resolver::Callback callback = std::move(*chosen);
    lookups_.erase(chosen);
    Resolver::Result result;
    for (std::size_t i = choose_.below(4); i > 0; --i) {
      result.addresses.push_back(*Endpoint::parse("10.0.1." + std::to_string(i), 0));
    }
    if (result.addresses.empty()) {
      result.error = "nobody knows it";
      const std::errc reasons[] = {
          {}, std::errc::resource_unavailable_try_again, std::errc::too_many_files_open};
      result.ours = std::make_error_code(reasons[choose_.below(3)]);
    }
    callback(std::move(result));
  }

  void end_an_attempt() {
    const auto chosen =
        in_flight_.begin() + static_cast<std::ptrdiff_t>(choose_.below(in_flight_.size()));
    const Attempt attempt = std::move(*chosen);
    in_flight_.erase(chosen);
    attempt.timing->connecting = now_;
    if (choose_.below(2) == 1) attempt.timing->connected = now_;
    now_ += milliseconds(choose_.below(200));
    frontier_.report(attempt, some_outcome(choose_), now_);
  }

  void check(const CrawlReport& report) const {
    std::set<std::string> met;
    for (const PageResult& page : report.pages) {
      require(met.insert(page.url).second, "a URL has one result: " + page.url);
      require(page.tries <= job_.max_tries, "a URL is not tried too often: " + page.url);
      require(page.fetched() == (page.status != 0 && !page.error),
              "fetched or failed: " + page.url);
    }
    for (const std::string& url : report.remaining) {
      require(met.insert(url).second, "what remains has no result: " + url);
    }
    for (const std::string& url : tried_) require(met.contains(url), "nothing is lost: " + url);
    for (const std::string& url : job_.urls) require(met.contains(url), "nothing is lost: " + url);
    require(report.interrupted == interrupt_.requested(), "an interrupt is told");
    require(report.interrupted || report.remaining.empty() || report.pages.size() >= job_.max_pages,
            "only an interrupt or the limit of pages leaves something over");
    require(report.pages.size() <= job_.max_pages, "the limit of pages is held");
    require(report.most_in_flight == most_in_flight_, "the most in flight are counted");
  }

  Choices choose_;
  CrawlJob job_;
  Interrupt interrupt_;
  std::vector<Resolver::Callback> lookups_;
  Frontier frontier_;
  TimePoint now_ = Clock::now();
  std::vector<Attempt> in_flight_;
  std::set<std::string> tried_;
  std::uint64_t last_id_ = 0;
  std::size_t most_in_flight_ = 0;
};

}  // namespace
}  // namespace common

int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace common;
  Play(Choices({reinterpret_cast<const char*>(data), size})).run();
  return 0;
}
