// For tests of the Frontier: a clock that moves when told to, answers out of the air, and look-ups
// that end when the test says so.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/crawl/frontier.h"

namespace common {

inline Response response(int status, std::string body = "", std::string type = "text/html") {
  Response response;
  response.status = status;
  response.content_type = std::move(type);
  response.header_bytes = 100;
  response.body = std::move(body);
  return response;
}

/// A page that links to `hrefs`.
inline Response page_with(const std::vector<std::string>& hrefs) {
  std::string body = "<!doctype html><title>A page</title>";
  for (const std::string& href : hrefs) body += "<a href='" + href + "'>somewhere</a>\n";
  return response(200, body);
}

inline Response redirect_to(std::string location, int status = 302) {
  Response redirect = response(status);
  redirect.location = std::move(location);
  redirect.has_location = true;
  return redirect;
}

inline std::error_code error(std::errc error) { return std::make_error_code(error); }

inline bool is_readable(int fd) {
  pollfd watched{fd, POLLIN, 0};
  return ::poll(&watched, 1, 0) == 1;
}

/// Names that are being looked up, until `answer`.
class FakeLookups {
 public:
  Frontier::Lookup lookup() {
    return [this](std::string host, std::uint16_t, Resolver::Callback callback) {
      asked_.push_back(host);
      open_.emplace(std::move(host), std::move(callback));
    };
  }

  /// Every name that was asked for, in order.
  const std::vector<std::string>& asked() const { return asked_; }

  void answer(const std::string& host, const std::vector<std::string>& addresses) {
    Resolver::Result result;
    for (const std::string& address : addresses) {
      result.addresses.push_back(Endpoint::parse(address, 0).value());
    }
    if (addresses.empty()) result.error = "nobody knows it";
    end(host, std::move(result));
  }

  /// Ends the look-up with an error that says nothing about the name.
  void fail(const std::string& host, std::errc reason) {
    end(host, {.addresses = {}, .error = "not now", .ours = std::make_error_code(reason)});
  }

 private:
  void end(const std::string& host, Resolver::Result result) {
    auto callback = open_.extract(host);
    ASSERT_FALSE(callback.empty()) << host << " is not being looked up";
    callback.mapped()(std::move(result));
  }

  std::vector<std::string> asked_;
  std::map<std::string, Resolver::Callback> open_;
};

/// A Frontier with a clock of its own.
class Crawl {
 public:
  explicit Crawl(const CrawlJob& job, Frontier::Lookup lookup = {})
      : frontier(job, std::move(lookup)) {}

  Next next() { return frontier.next(now); }

  /// The Attempt that is to come next. Fails the test if none is.
  Attempt take() {
    Next answer = next();
    if (auto* attempt = std::get_if<Attempt>(&answer)) return *attempt;
    ADD_FAILURE() << "no attempt to be made";
    throw std::logic_error("no attempt to be made");
  }
  Attempt take(const std::string& url) {
    Attempt attempt = take();
    EXPECT_EQ(attempt.url, url);
    return attempt;
  }

  template <typename Kind>
  bool answers() {
    return std::holds_alternative<Kind>(next());
  }

  void report(const Attempt& attempt, Outcome outcome) {
    frontier.report(attempt, std::move(outcome), now);
  }

  /// An answer that came over a connection.
  void answer(const Attempt& attempt, Response response) {
    attempt.timing->connecting = attempt.timing->connected = now;
    report(attempt, std::move(response));
  }

  /// The Attempt that comes next is to be for `url`, and is answered.
  void fetch(const std::string& url, Response response) { answer(take(url), std::move(response)); }

  CrawlReport finish() { return frontier.finish(now); }

  TimePoint now = TimePoint{} + std::chrono::hours(1);
  Frontier frontier;
};

/// The result of `url`. Fails the test if there is none.
inline PageResult result_of(const CrawlReport& report, const std::string& url) {
  for (const PageResult& page : report.pages) {
    if (page.url == url) return page;
  }
  ADD_FAILURE() << "no result for " << url;
  return {};
}

inline std::vector<std::string> urls_of(const CrawlReport& report) {
  std::vector<std::string> urls;
  for (const PageResult& page : report.pages) urls.push_back(page.url);
  return urls;
}

}  // namespace common
