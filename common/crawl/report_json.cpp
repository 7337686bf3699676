// The report for programs. One line for each page, so that people and `diff` can read it too.
#include <fmt/core.h>
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/system/error_code.hpp>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "common/crawl/crawl_error.h"
#include "common/crawl/crawl_report.h"

namespace common {
namespace {

bool is_utf8(const std::string& json) {
  boost::system::error_code error;
  boost::json::parse(json, error);
  return !error;
}

/// Quoted and escaped. Header fields need not be UTF-8 but JSON does: other bytes are read as
/// Latin-1, which they were for HTTP once.
std::string json(std::string_view text) {
  const auto quote = [](std::string_view utf8) {
    return boost::json::serialize(boost::json::string_view(utf8.data(), utf8.size()));
  };
  std::string quoted = quote(text);
  const bool ascii = std::all_of(text.begin(), text.end(),
                                 [](char c) { return static_cast<signed char>(c) >= 0; });
  if (ascii || is_utf8(quoted)) return quoted;

  std::string utf8;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      utf8 += c;
    } else {
      utf8 += static_cast<char>(0xC0 | byte >> 6);
      utf8 += static_cast<char>(0x80 | (byte & 0x3F));
    }
  }
  return quote(utf8);
}

std::string json(std::size_t number) { return std::to_string(number); }

std::string json(bool value) { return value ? "true" : "false"; }

std::string json(double number) { return fmt::format("{:.3f}", number); }

/// In milliseconds.
std::string json(Duration duration) {
  return json(std::chrono::duration<double, std::milli>(duration).count());
}

std::string json(const std::optional<Duration>& duration) {
  return duration ? json(*duration) : "null";
}

std::string name_of(std::error_code error) {
  return error_name(static_cast<CrawlError>(error.value()));
}

/// Members of an object, in the order of adding.
class Object {
 public:
  /// `value` is JSON.
  Object& add(std::string_view name, const std::string& value) {
    fmt::format_to(std::back_inserter(text_), "{}{}:{}", text_.size() == 0 ? "" : ",", json(name),
                   value);
    return *this;
  }
  std::string text() const { return fmt::format("{{{}}}", fmt::to_string(text_)); }

 private:
  fmt::memory_buffer text_;
};

template <typename Range, typename Value>
std::string array_of(const Range& range, Value value) {
  std::string text = "[";
  for (const auto& element : range) {
    text += text.size() > 1 ? ",\n" : "\n";
    text += value(element);
  }
  return text + "]";
}

std::string page_json(const PageResult& page) {
  return Object()
      .add("url", json(page.url))
      .add("status", json(static_cast<std::size_t>(page.status)))
      .add("content_type", json(page.content_type))
      .add("content_encoding", json(page.content_encoding))
      .add("header_bytes", json(page.header_bytes))
      .add("body_bytes", json(page.body_bytes))
      .add("links", json(page.links))
      .add("new_links", json(page.new_links))
      .add("skipped_links", json(page.skipped_links))
      .add("next_url", json(page.next_url))
      .add("tries", json(page.tries))
      .add("address", json(page.address ? page.address->to_string() : ""))
      .add("error", page.error ? json(name_of(page.error)) : "null")
      .add("message", json(page.message()))
      .add("origin", json(page.origin))
      .add("queued_ms", json(page.queued))
      .add("connecting_ms", json(page.connecting))
      .add("connected_ms", json(page.connected))
      .add("sent_ms", json(page.sent))
      .add("first_byte_ms", json(page.first_byte))
      .add("done_ms", json(page.done))
      .text();
}

std::string errors_json(const CrawlReport& report) {
  std::map<std::string, std::size_t> count;
  for (const PageResult& page : report.pages) {
    if (page.error) ++count[name_of(page.error)];
  }
  Object errors;
  for (const auto& [name, times] : count) errors.add(name, json(times));
  return errors.text();
}

}  // namespace

std::string to_json(const CrawlReport& report, const std::string& program,
                    const std::string& variant) {
  return Object()
             .add("program", json(program))
             .add("variant", json(variant))
             .add("elapsed_ms", json(report.elapsed))
             .add("lookup_ms", json(report.lookup_time))
             .add("most_in_flight", json(report.most_in_flight))
             .add("pages_per_second", json(report.pages_per_second()))
             .add("achieved_concurrency", json(report.achieved_concurrency()))
             .add("fetched", json(report.fetched()))
             .add("failed", json(report.failed()))
             .add("redirects", json(report.redirects()))
             .add("body_bytes", json(report.body_bytes()))
             .add("interrupted", json(report.interrupted))
             .add("selector", Object()
                                  .add("registered", json(report.selector.registered))
                                  .add("unregistered", json(report.selector.unregistered))
                                  .text())
             .add("errors", errors_json(report))
             .add("pages", array_of(report.pages, page_json))
             .add("remaining",
                  array_of(report.remaining, [](const std::string& url) { return json(url); }))
             .text() +
         "\n";
}

}  // namespace common
