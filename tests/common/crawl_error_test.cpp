#include "common/crawl/crawl_error.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <future>
#include <set>
#include <stdexcept>
#include <string>

#include "common/crawl/attempt.h"
#include "common/http/http_error.h"

namespace common {
namespace {

std::error_code system_error(int number) { return {number, std::system_category()}; }

TEST(CrawlError, EachErrorHasItsOwnNameAndSentence) {
  std::set<std::string> names;
  std::set<std::string> sentences;
  const int last = static_cast<int>(CrawlError::internal_error);
  for (int i = 1; i <= last; ++i) {
    const auto error = static_cast<CrawlError>(i);
    names.insert(error_name(error));
    sentences.insert(make_error_code(error).message());
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(last));
  EXPECT_EQ(sentences.size(), static_cast<std::size_t>(last));
  EXPECT_EQ(error_name(CrawlError::connection_refused), "connection_refused");
  EXPECT_EQ(error_name(CrawlError::lookup_failed), "lookup_failed");
  EXPECT_EQ(error_name(CrawlError::redirect_loop), "redirect_loop");
  EXPECT_EQ(make_error_code(CrawlError::connection_refused).message(), "connection refused");
}

TEST(CrawlError, IsAnErrorCodeThatComparesEqualToItself) {
  const std::error_code error = CrawlError::timed_out;
  EXPECT_TRUE(error);
  EXPECT_EQ(error, CrawlError::timed_out);
  EXPECT_NE(error, CrawlError::connect_timed_out);
  EXPECT_STREQ(error.category().name(), "crawl");
}

TEST(CrawlError, RepresentsASystemError) {
  const auto meaning = [](int number) { return crawl_error_from(system_error(number), true); };
  EXPECT_EQ(meaning(ECONNREFUSED), CrawlError::connection_refused);
  EXPECT_EQ(meaning(ECONNRESET), CrawlError::connection_reset);
  EXPECT_EQ(meaning(EPIPE), CrawlError::connection_reset);
  EXPECT_EQ(meaning(EHOSTUNREACH), CrawlError::unreachable);
  EXPECT_EQ(meaning(ENETUNREACH), CrawlError::unreachable);
  EXPECT_EQ(meaning(EADDRNOTAVAIL), CrawlError::unreachable);
  EXPECT_EQ(meaning(EMFILE), CrawlError::too_many_open_files);
  EXPECT_EQ(meaning(ENFILE), CrawlError::too_many_open_files);
  EXPECT_EQ(meaning(ENOBUFS), CrawlError::too_many_open_files);
  EXPECT_EQ(meaning(ENOMEM), CrawlError::too_many_open_files);
  EXPECT_EQ(meaning(EINTR), CrawlError::interrupted);
  EXPECT_EQ(meaning(ECANCELED), CrawlError::interrupted);
  EXPECT_EQ(meaning(EBADF), CrawlError::internal_error);
}

TEST(CrawlError, IsTheSameForAGenericCode) {
  EXPECT_EQ(crawl_error_from(std::make_error_code(std::errc::connection_refused), false),
            CrawlError::connection_refused);
}

TEST(CrawlError, DistinguishesConnectDeadlineFromTotal) {
  EXPECT_EQ(crawl_error_from(system_error(ETIMEDOUT), false), CrawlError::connect_timed_out);
  EXPECT_EQ(crawl_error_from(system_error(ETIMEDOUT), true), CrawlError::timed_out);
}

TEST(CrawlError, RepresentsAParserError) {
  EXPECT_EQ(crawl_error_from(HttpError::closed_early, true), CrawlError::closed_early);
  EXPECT_EQ(crawl_error_from(HttpError::bad_response, true), CrawlError::bad_response);
  EXPECT_EQ(crawl_error_from(HttpError::headers_too_large, true), CrawlError::headers_too_large);
  EXPECT_EQ(crawl_error_from(HttpError::body_too_large, true), CrawlError::body_too_large);
}

TEST(CrawlError, CrawlErrorStaysTheSame) {
  EXPECT_EQ(crawl_error_from(CrawlError::redirect_loop, false), CrawlError::redirect_loop);
}

TEST(CrawlError, IsInternalForACodeOfAnUnknownCategory) {
  EXPECT_EQ(crawl_error_from(std::make_error_code(std::future_errc::no_state), true),
            CrawlError::internal_error);
}

Outcome outcome_of(void (*thrower)()) {
  try {
    thrower();
  } catch (...) {
    return std::current_exception();
  }
  throw std::logic_error("nothing was thrown");
}

TEST(Outcome, HasTheResponse) {
  Response response;
  response.status = 404;
  Outcome outcome(response);
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome.response().status, 404);
  EXPECT_FALSE(outcome.error());
}

TEST(Outcome, KeepsTheCodeOfASystemError) {
  const Outcome outcome = outcome_of([] { throw std::system_error(system_error(ECONNRESET)); });
  EXPECT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error(), system_error(ECONNRESET));
  EXPECT_EQ(outcome.detail(), "");
}

TEST(Outcome, KeepsTheWordsOfAnUnrelatedSystemError) {
  const Outcome outcome =
      outcome_of([] { throw std::system_error(system_error(EBADF), "epoll_ctl"); });
  EXPECT_EQ(outcome.error(), system_error(EBADF));
  EXPECT_NE(outcome.detail().find("epoll_ctl"), std::string::npos) << outcome.detail();
}

TEST(Outcome, OtherExceptionIsAnInternalErrorWithItsWords) {
  const Outcome outcome = outcome_of([] { throw std::logic_error("two and two is five"); });
  EXPECT_EQ(outcome.error(), CrawlError::internal_error);
  EXPECT_EQ(outcome.detail(), "two and two is five");
  EXPECT_EQ(outcome_of([] { throw 42; }).error(), CrawlError::internal_error);
}

}  // namespace
}  // namespace common
