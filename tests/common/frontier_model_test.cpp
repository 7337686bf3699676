// The Frontier against models that are slow and obvious, on webs made up at random.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/crawl/crawl_error.h"
#include "common/crawl/frontier.h"
#include "common/crawl/interrupt.h"
#include "common/crawl/retry.h"
#include "common/http/http_error.h"
#include "common/http/url.h"
#include "tests/common/crawl_test_tools.h"

namespace common {
namespace {

using std::chrono::milliseconds;

class Dice {
 public:
  explicit Dice(unsigned seed) : generator_(seed) {}
  int up_to(int most) { return std::uniform_int_distribution<int>(0, most)(generator_); }
  bool one_in(int sides) { return up_to(sides - 1) == 0; }
  template <typename T>
  const T& pick(const std::vector<T>& from) {
    return from[static_cast<std::size_t>(up_to(static_cast<int>(from.size()) - 1))];
  }

 private:
  std::mt19937 generator_;
};

/// What a made-up server does with one URL.
struct Place {
  enum class Kind { html, text, missing, redirect, nowhere, not_http };
  enum class Trouble { reset, busy, refused };

  Kind kind = Kind::html;
  std::vector<std::string> links;  // html: absolute URLs, each once
  int skipped = 0;                 // html: links that nobody can follow
  std::string location;            // redirect
  int bad_tries = 0;               // so many tries fail before it works
  Trouble trouble = Trouble::reset;
  milliseconds takes{1};

  Response answer() const {
    switch (kind) {
    case Kind::html: {
      std::vector<std::string> hrefs = links;
      for (int i = 0; i < skipped; ++i) hrefs.push_back("mailto:somebody@host");
      return page_with(hrefs);
    }
    case Kind::text:
      return response(200, "<a href='/never'>no link</a>", "text/plain");
    case Kind::missing:
      return response(404);
    case Kind::redirect:
      return redirect_to(location);
    default:
      return response(302);
    }
  }

  Outcome outcome(int tries_so_far) const {
    if (tries_so_far < bad_tries) {
      if (trouble == Trouble::reset) return error(std::errc::connection_reset);
      if (trouble == Trouble::refused) return error(std::errc::connection_refused);
      return response(503);
    }
    if (kind == Kind::not_http) return make_error_code(HttpError::bad_response);
    return answer();
  }
};

/// Hosts, some of them hard to reach, and what is at each of their URLs.
struct Web {
  std::map<std::string, Place> places;
  std::vector<std::string> urls;
  std::map<std::string, std::vector<std::string>> addresses;
  std::set<std::string> dead_addresses;

  Web(Dice& dice, const std::vector<std::string>& hosts) {
    const int pages = 1 + dice.up_to(12);
    for (const std::string& host : hosts) {
      for (int i = 0; i < pages; ++i) {
        urls.push_back("http://" + host + "/" + std::to_string(i));
      }
    }
    for (const std::string& url : urls) places[url] = made_up(dice);
    addresses["two"] = addresses["www.two"] = {"10.0.0.2", "10.0.0.3", "10.0.0.4"};
    dead_addresses = {"10.0.0.2", "10.0.0.4"};
    addresses["ghost"] = {};
  }

  Place made_up(Dice& dice) const {
    using Kind = Place::Kind;
    static const std::vector<Kind> kinds = {
        Kind::html,     Kind::html,     Kind::html,     Kind::html,    Kind::text,    Kind::missing,
        Kind::redirect, Kind::redirect, Kind::redirect, Kind::nowhere, Kind::not_http};
    Place place;
    place.kind = dice.pick(kinds);
    std::set<std::string> links;
    for (int i = dice.up_to(5); i > 0; --i) links.insert(dice.pick(urls));
    if (place.kind == Kind::html) place.links.assign(links.begin(), links.end());
    if (place.kind == Kind::html) place.skipped = dice.up_to(2);
    place.location = dice.pick(urls);
    if (dice.one_in(4)) place.bad_tries = 1 + dice.up_to(4);
    place.trouble = dice.pick(std::vector{Place::Trouble::reset, Place::Trouble::busy});
    place.takes = milliseconds(1 + dice.up_to(150));
    return place;
  }
};

std::string host_of(const std::string& url) { return std::string(Url::parse(url).host()); }

/// What the report says of one page, as far as it does not depend on the order of things.
struct Expected {
  int status = 0;
  CrawlError error{};
  std::size_t tries = 0;
  std::string next_url;
  std::size_t links = 0;
  std::size_t skipped = 0;
};

Expected expected_of(const Web& web, const CrawlJob& job, const std::string& url) {
  Expected page;
  if (host_of(url) == "ghost") {
    page.error = CrawlError::name_not_found;
    return page;
  }
  const Place& place = web.places.at(url);
  const int max_tries = static_cast<int>(job.max_tries);
  page.tries = static_cast<std::size_t>(std::min(place.bad_tries + 1, max_tries));
  if (place.bad_tries >= max_tries) {
    if (place.trouble == Place::Trouble::busy) page.status = 503;
    if (place.trouble == Place::Trouble::reset) page.error = CrawlError::connection_reset;
    if (place.trouble == Place::Trouble::refused) page.error = CrawlError::connection_refused;
    return page;
  }
  if (place.kind == Place::Kind::not_http) {
    page.error = CrawlError::bad_response;
    return page;
  }
  page.status = place.answer().status;
  if (place.kind == Place::Kind::nowhere) page.error = CrawlError::bad_redirect;
  if (place.kind == Place::Kind::redirect) page.next_url = place.location;
  if (place.kind == Place::Kind::html && job.follow) {
    page.links = place.links.size();
    page.skipped = static_cast<std::size_t>(place.skipped);
  }
  return page;
}

// ---- The first model: whatever the order, the same pages are met and each comes to the same end.

class Scenario {
 public:
  explicit Scenario(unsigned seed) : dice_(seed), web_(dice_, hosts_) {
    for (int i = dice_.up_to(3); i >= 0; --i) {
      // "elsewhere" is never a start, and so never within the crawl.
      std::string url = dice_.pick(web_.urls);
      while (host_of(url) == "elsewhere") url = dice_.pick(web_.urls);
      job_.urls.push_back(url);
    }
    job_.concurrency = static_cast<std::size_t>(1 + dice_.up_to(7));
    job_.follow = !dice_.one_in(5);
    job_.max_tries = static_cast<std::size_t>(1 + dice_.up_to(3));
    job_.max_redirects = 1000;
    job_.interrupt = &interrupt_;
    if (dice_.one_in(3)) job_.exclude = {"/[37]$"};
    if (dice_.one_in(4)) job_.max_pages = static_cast<std::size_t>(1 + dice_.up_to(20));
    if (dice_.one_in(4)) steps_until_interrupt_ = dice_.up_to(60);
  }

  void play_and_compare() {
    const CrawlReport report = play();
    const bool cut_short = interrupt_.requested() || job_.max_pages < 1000;
    const std::set<std::string> reachable = met();

    std::set<std::string> told;
    for (const PageResult& page : report.pages) {
      EXPECT_TRUE(told.insert(page.url).second) << page.url << " has two results";
      EXPECT_TRUE(reachable.contains(page.url)) << page.url << " cannot be reached";
      if (page.error == CrawlError::interrupted) {
        EXPECT_TRUE(interrupt_.requested());
      } else {
        compare(page);
      }
    }
    EXPECT_LE(report.pages.size(), job_.max_pages);
    if (!interrupt_.requested()) {
      EXPECT_EQ(report.pages.size(), std::min(job_.max_pages, reachable.size()));
    }
    for (const std::string& url : report.remaining) {
      EXPECT_TRUE(told.insert(url).second) << url << " is told of twice";
      EXPECT_TRUE(reachable.contains(url)) << url << " cannot be reached";
      EXPECT_TRUE(cut_short) << url << " remains for no reason";
    }
    EXPECT_LE(report.most_in_flight, job_.concurrency);
    if (!cut_short) {
      EXPECT_EQ(told, reachable);
      EXPECT_EQ(loops_found_, cycles(reachable));
    }
  }

 private:
  /// Drives the Frontier the way a stage does, but in a random order.
  CrawlReport play() {
    Crawl crawl(job_, lookups_.lookup());
    std::size_t asked = 0;
    for (int step = 0;; ++step) {
      if (step == steps_until_interrupt_) interrupt_.request();
      if (step > 20'000) {
        ADD_FAILURE() << "it goes round in circles";
        return crawl.finish();
      }
      Next next = crawl.next();
      EXPECT_LE(flights_.size(), job_.concurrency);
      for (; asked < lookups_.asked().size(); ++asked) {
        open_lookups_.push_back(lookups_.asked()[asked]);
      }
      if (auto* attempt = std::get_if<Attempt>(&next)) {
        flights_.push_back(*attempt);
        if (dice_.one_in(2)) continue;
      } else if (std::holds_alternative<Finished>(next)) {
        if (!interrupt_.requested()) {
          EXPECT_TRUE(flights_.empty());
          EXPECT_TRUE(open_lookups_.empty());
        }
        return crawl.finish();
      } else if (auto* wait = std::get_if<WaitUntil>(&next)) {
        if (wait->when == TimePoint::max()) {
          EXPECT_TRUE(!open_lookups_.empty() || is_readable(crawl.frontier.wakeup_fd()))
              << "nothing could ever wake it";
        } else {
          EXPECT_GT(wait->when, crawl.now);
          if (dice_.one_in(2)) crawl.now = wait->when;
        }
      } else {
        EXPECT_FALSE(flights_.empty()) << "nothing could ever wake it";
      }
      something_happens(crawl);
    }
  }

  void something_happens(Crawl& crawl) {
    crawl.now += milliseconds(dice_.up_to(60));
    if (!open_lookups_.empty() && dice_.one_in(3)) {
      const std::string host = open_lookups_.front();
      open_lookups_.pop_front();
      if (!flights_.empty() && dice_.one_in(4)) {
        return lookups_.fail(host, std::errc::too_many_files_open);
      }
      lookups_.answer(host, web_.addresses.at(host));
    }
    if (flights_.empty()) return;
    const auto index = static_cast<std::size_t>(dice_.up_to(static_cast<int>(flights_.size()) - 1));
    const Attempt attempt = flights_[index];
    flights_.erase(flights_.begin() + static_cast<std::ptrdiff_t>(index));
    land(crawl, attempt);
  }

  void land(Crawl& crawl, const Attempt& attempt) {
    if (!flights_.empty() && dice_.one_in(10)) {
      return crawl.report(attempt, error(std::errc::too_many_files_open));
    }
    const std::string address = attempt.address.to_string();
    if (web_.dead_addresses.contains(address.substr(0, address.find(':')))) {
      return crawl.report(attempt, error(std::errc::host_unreachable));
    }
    attempt.timing->connecting = attempt.timing->connected = crawl.now;
    const std::string url(attempt.url);
    crawl.report(attempt, web_.places.at(url).outcome(tries_[url]++));
  }

  bool within(const std::string& url) const {
    const auto bare = [](std::string host) {
      return host.starts_with("www.") ? host.substr(4) : host;
    };
    if (!job_.exclude.empty() && (url.back() == '3' || url.back() == '7')) return false;
    return std::any_of(job_.urls.begin(), job_.urls.end(), [&](const std::string& start) {
      return bare(host_of(start)) == bare(host_of(url));
    });
  }

  /// All URLs that there are to be met: what the pages found so far lead to, until nothing is new.
  std::set<std::string> met() const {
    std::set<std::string> found(job_.urls.begin(), job_.urls.end());
    for (std::size_t before = 0; before != found.size();) {
      before = found.size();
      for (const std::string& url : std::set<std::string>(found)) {
        const Expected page = expected_of(web_, job_, url);
        if (!page.next_url.empty() && within(page.next_url)) found.insert(page.next_url);
        if (page.links == 0) continue;
        for (const std::string& link : web_.places.at(url).links) {
          if (within(link)) found.insert(link);
        }
      }
    }
    return found;
  }

  /// Where a redirect that is followed leads, or nowhere.
  std::string hop(const std::string& url) const {
    const std::string next = expected_of(web_, job_, url).next_url;
    return !next.empty() && within(next) ? next : "";
  }

  bool on_a_cycle(const std::string& url) const {
    std::string at = url;
    for (std::size_t i = 0; i <= web_.urls.size(); ++i) {
      at = at.empty() ? at : hop(at);
      if (at == url) return true;
    }
    return false;
  }

  std::size_t cycles(const std::set<std::string>& urls) const {
    std::set<std::string> counted;
    std::size_t count = 0;
    for (const std::string& url : urls) {
      if (!on_a_cycle(url) || counted.contains(url)) continue;
      ++count;
      for (std::string at = url; counted.insert(at).second;) at = hop(at);
    }
    return count;
  }

  void compare(const PageResult& page) {
    const Expected expected = expected_of(web_, job_, page.url);
    EXPECT_EQ(page.status, expected.status) << page.url;
    EXPECT_EQ(page.next_url, expected.next_url) << page.url;
    EXPECT_EQ(page.tries, expected.tries) << page.url;
    EXPECT_EQ(page.links, expected.links) << page.url;
    EXPECT_EQ(page.skipped_links, expected.skipped) << page.url;
    EXPECT_LE(page.new_links, page.links) << page.url;
    if (page.error == CrawlError::redirect_loop) {
      EXPECT_TRUE(on_a_cycle(page.url)) << page.url;
      ++loops_found_;
    } else if (expected.error == CrawlError{}) {
      EXPECT_TRUE(page.fetched()) << page.url << " " << page.message();
    } else {
      EXPECT_EQ(page.error, expected.error) << page.url << " " << page.message();
    }
  }

  const std::vector<std::string> hosts_ = {"10.0.0.1", "two", "www.two", "ghost", "elsewhere"};
  Dice dice_;
  Web web_;
  Interrupt interrupt_;
  CrawlJob job_;
  FakeLookups lookups_;
  std::deque<std::string> open_lookups_;
  std::vector<Attempt> flights_;
  std::map<std::string, int> tries_;
  int steps_until_interrupt_ = -1;
  std::size_t loops_found_ = 0;
};

TEST(FrontierModel, OrderChangesNeitherPagesNorCounts) {
  for (unsigned seed = 0; seed < 1500; ++seed) {
    Scenario(seed).play_and_compare();
    ASSERT_FALSE(testing::Test::HasFailure()) << "with seed " << seed;
  }
}

// ---- The second model: one page at a time, so that even the order is known.

struct Visit {
  std::string url;
  Duration when;
  bool operator==(const Visit&) const = default;
};

void PrintTo(const Visit& visit, std::ostream* out) {
  *out << visit.url << " at " << visit.when / milliseconds(1) << " ms";
}

struct Line {
  std::string url;
  std::string error;
  std::size_t tries;
  std::size_t new_links;
  bool operator==(const Line&) const = default;
};

void PrintTo(const Line& line, std::ostream* out) {
  *out << line.url << " " << line.error << " " << line.tries << " tries " << line.new_links;
}

struct Story {
  std::vector<Visit> visits;
  std::vector<Line> pages;
  std::vector<std::string> remaining;
};

/// What is to happen, told as simply as can be.
Story told_by_the_model(const Web& web, const CrawlJob& job) {
  struct Known {
    std::size_t hops = 0;
    std::size_t tries = 0;
    bool started = false;
    bool done = false;
    std::string leads_to;
  };
  struct Paused {
    Duration until;
    std::string url;
  };
  Story story;
  std::map<std::string, Known> known;
  std::deque<std::string> queue;
  std::vector<Paused> paused;
  std::size_t started = 0;
  Duration now{};
  const auto meet = [&](const std::string& url, std::size_t hops) {
    if (!known.try_emplace(url, Known{.hops = hops, .leads_to = ""}).second) return false;
    queue.push_back(url);
    return true;
  };
  for (const std::string& url : job.urls) meet(url, 0);

  for (;;) {
    const auto first = std::min_element(
        paused.begin(), paused.end(),
        [](const Paused& left, const Paused& right) { return left.until < right.until; });
    const bool may_start = !queue.empty() && started < job.max_pages;
    std::string url;
    if (first != paused.end() && (first->until <= now || !may_start)) {
      now = std::max(now, first->until);
      url = first->url;
      paused.erase(first);
    } else if (may_start) {
      url = queue.front();
      queue.pop_front();
      ++started;
    } else {
      break;
    }

    Known& page = known.at(url);
    const Place& place = web.places.at(url);
    story.visits.push_back({url, now});
    ++page.tries;
    now += place.takes;
    if (place.bad_tries >= static_cast<int>(page.tries) && page.tries < job.max_tries) {
      paused.push_back({now + pause_after(page.tries), url});
      continue;
    }

    const Expected expected = expected_of(web, job, url);
    std::string error = expected.error == CrawlError{} ? "" : error_name(expected.error);
    std::size_t new_links = 0;
    if (expected.links > 0) {
      for (const std::string& link : place.links) new_links += meet(link, 0) ? 1 : 0;
    }
    if (!expected.next_url.empty()) {
      std::string end = expected.next_url;
      while (end != url && known.contains(end) && !known.at(end).leads_to.empty()) {
        end = known.at(end).leads_to;
      }
      if (end == url) {
        error = "redirect_loop";
      } else if (!known.contains(expected.next_url) && page.hops >= job.max_redirects) {
        error = "too_many_redirects";
      } else {
        page.leads_to = expected.next_url;
        meet(expected.next_url, page.hops + 1);
      }
    }
    story.pages.push_back({url, error, page.tries, new_links});
  }
  story.remaining.assign(queue.begin(), queue.end());
  return story;
}

Story told_by_the_frontier(const Web& web, const CrawlJob& job) {
  Story story;
  Crawl crawl(job);
  const TimePoint start = crawl.now;
  std::map<std::string, int> tries;
  for (;;) {
    Next next = crawl.next();
    if (auto* attempt = std::get_if<Attempt>(&next)) {
      const Place& place = web.places.at(std::string(attempt->url));
      story.visits.push_back({std::string(attempt->url), crawl.now - start});
      crawl.now += place.takes;
      crawl.report(*attempt, place.outcome(tries[std::string(attempt->url)]++));
    } else if (auto* wait = std::get_if<WaitUntil>(&next)) {
      crawl.now = wait->when;
    } else {
      EXPECT_TRUE(std::holds_alternative<Finished>(next)) << "nothing is in flight";
      break;
    }
  }
  const CrawlReport report = crawl.finish();
  for (const PageResult& page : report.pages) {
    const std::string error =
        page.error ? error_name(static_cast<CrawlError>(page.error.value())) : "";
    story.pages.push_back({page.url, error, page.tries, page.new_links});
  }
  story.remaining = report.remaining;
  return story;
}

TEST(FrontierModel, SequentialCrawlFollowsTheModelExactly) {
  for (unsigned seed = 0; seed < 1500; ++seed) {
    Dice dice(seed);
    Web web(dice, {"10.0.0.1"});
    for (auto& [url, place] : web.places) {
      if (dice.one_in(3)) place.trouble = Place::Trouble::refused;
      std::shuffle(place.links.begin(), place.links.end(), std::mt19937(seed));
    }
    CrawlJob job;
    for (int i = dice.up_to(2); i >= 0; --i) job.urls.push_back(dice.pick(web.urls));
    job.concurrency = 1;
    job.follow = !dice.one_in(5);
    job.max_tries = static_cast<std::size_t>(1 + dice.up_to(3));
    job.max_redirects = static_cast<std::size_t>(dice.up_to(3));
    job.max_pages = static_cast<std::size_t>(1 + dice.up_to(15));

    Story model = told_by_the_model(web, job);
    const Story frontier = told_by_the_frontier(web, job);
    std::sort(model.pages.begin(), model.pages.end(),
              [](const Line& left, const Line& right) { return left.url < right.url; });
    std::sort(model.remaining.begin(), model.remaining.end());
    EXPECT_EQ(frontier.visits, model.visits);
    EXPECT_EQ(frontier.pages, model.pages);
    EXPECT_EQ(frontier.remaining, model.remaining);
    ASSERT_FALSE(testing::Test::HasFailure()) << "with seed " << seed;
  }
}

}  // namespace
}  // namespace common
