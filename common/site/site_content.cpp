#include "common/site/site_content.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/beast/http/status.hpp>
#include <boost/url.hpp>
#include <charconv>
#include <iterator>
#include <optional>
#include <stdexcept>

namespace common {
namespace {

namespace http = boost::beast::http;

/// What a request may say after the question mark: `/` lists it, `read_query` reads it.
struct Parameter {
  std::string_view name;
  std::optional<std::uint64_t> SiteQuery::* value;
  std::uint64_t largest;
  std::string_view sentence;
};
constexpr Parameter parameters[] = {
    {"delay_ms", &SiteQuery::delay_ms, 3'600'000,
     "Milliseconds before the answer, instead of the site's own delay."},
    {"bytes", &SiteQuery::bytes, 1024 * 1024 * 1024, "Length of the page in bytes."},
    {"again", &SiteQuery::again, 1'000'000'000,
     "Changes nothing: any number makes another URL of the same page or fault."},
};

/// What brings a page to its `?bytes=`: white space, which may follow the end of a document.
std::string_view padding() {
  static const std::string text(16 * 1024, ' ');
  return text;
}

std::string answer_text(int status, std::string_view body, std::uint64_t length, bool keep_alive) {
  const std::string_view reason = http::obsolete_reason(static_cast<http::status>(status));
  return fmt::format(
      "HTTP/1.1 {} {}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n"
      "Connection: {}\r\n{}\r\n{}",
      status, reason, length, keep_alive ? "keep-alive" : "close",
      status == 405 ? "Allow: GET, HEAD\r\n" : "", body);
}

std::string document(std::string_view title, std::string_view content) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta "
      "charset=\"utf-8\"><title>{0}</title></head>\n"
      "<body>\n<h1>{0}</h1>\n{1}</body>\n</html>\n",
      title, content);
}

/// For text that a client sent, so that it cannot become a tag.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
    case '<':
      result += "&lt;";
      break;
    case '&':
      result += "&amp;";
      break;
    default:
      result += c;
    }
  }
  return result;
}

/// A page that says what is wrong. Bytes of a body may follow the request: the site reads on until
/// the client closes, lest these turn the end of the connection into a reset.
Answer error_answer(int status, const SiteRequest& request, const std::string& sentence) {
  const std::string_view reason = http::obsolete_reason(static_cast<http::status>(status));
  const std::string body =
      document(fmt::format("{} {}", status, reason), fmt::format("<p>{}</p>\n", escaped(sentence)));
  Answer answer;
  const bool keep = request.keep_alive && !request.has_body;
  answer.bytes = answer_text(status, body, body.size(), keep);
  answer.ending = keep ? Ending::keep : Ending::half_close;
  return answer;
}

std::optional<std::uint64_t> read_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Throws `std::invalid_argument` with a sentence for the client.
SiteQuery read_query(const boost::urls::url_view& target) {
  SiteQuery query;
  for (const auto& [name, value, has_value] : target.params()) {
    const auto* parameter =
        std::find_if(std::begin(parameters), std::end(parameters),
                     [&name = name](const Parameter& row) { return row.name == name; });
    if (parameter == std::end(parameters)) {
      throw std::invalid_argument(fmt::format("There is no parameter {}; / lists them all.", name));
    }
    const auto number = read_number(value);
    if (!number || *number > parameter->largest) {
      throw std::invalid_argument(fmt::format("{} is a whole number from 0 to {}, not '{}'.", name,
                                              parameter->largest, value));
    }
    query.*parameter->value = number;
  }
  return query;
}

/// The number of the page at `path`, or nothing. "/" is page 0.
std::optional<std::size_t> page_number(std::string_view path) {
  if (path == "/") return 0;
  if (path.size() < 2 || path[1] == '0') return std::nullopt;  // each page has one name
  return read_number(path.substr(1));
}

std::string link(std::size_t page) {
  return page == 0 ? "<a href=\"/\">front page</a>" : fmt::format("<a href=\"/{0}\">{0}</a>", page);
}

std::string front_page(const SiteOptions& options) {
  std::string content = fmt::format(
      "<p>A site to practise on: {} pages, each answered after {}.</p>\n<h2>Pages</h2>\n<p>",
      options.pages, duration_text(options.delay));
  // Every page is within reach from here: each links to the next.
  constexpr std::size_t most_links = 20;
  for (std::size_t number = 0; number < std::min(options.pages, most_links); ++number) {
    content += link(number) + "\n";
  }
  if (options.pages > most_links) content += fmt::format("… up to {}\n", link(options.pages - 1));
  content += "</p>\n<h2>Parameters</h2>\n<dl>\n";
  for (const Parameter& row : parameters) {
    content += fmt::format("<dt><code>?{}=</code></dt><dd>{}</dd>\n", row.name, row.sentence);
  }
  // No links: a crawler that follows them should not fall into one of these unasked.
  content += "</dl>\n<h2>Faults</h2>\n<dl>\n";
  for (const Fault& row : faults()) {
    content += fmt::format("<dt><code>/fault/{}</code></dt><dd>{}</dd>\n", row.name, row.sentence);
  }
  return document("Practice site", content + "</dl>\n");
}

/// A page links to its neighbours and, as the nodes of a heap do, to two further in: a crawler that
/// follows links finds many to fetch at once.
std::string inner_page(std::size_t number, std::size_t pages) {
  std::string content = fmt::format("<p>One of {} pages to practise on.</p>\n<p>Before: {}</p>\n",
                                    pages, link(number - 1));
  if (number + 1 < pages) content += fmt::format("<p>Next: {}</p>\n", link(number + 1));
  for (const std::size_t further : {2 * number + 1, 2 * number + 2}) {
    if (further < pages) content += fmt::format("<p>Further in: {}</p>\n", link(further));
  }
  return document(fmt::format("Page {}", number), content);
}

}  // namespace

std::string duration_text(Duration duration) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
  return ms >= 1000 && ms % 1000 == 0 ? fmt::format("{}s", ms / 1000) : fmt::format("{}ms", ms);
}

SiteContent::SiteContent(const SiteOptions& options)
    : options_(options), front_page_(front_page(options)) {}

Answer SiteContent::answer(const SiteRequest& request) const try {
  if (request.method != "GET" && request.method != "HEAD") {
    return error_answer(
        405, request, fmt::format("{} is not for this site, which is only read.", request.method));
  }
  const auto target = boost::urls::parse_origin_form(request.target);
  if (!target) throw std::invalid_argument("The target of the request is not a path.");
  const std::string path = target->path();
  const SiteQuery query = read_query(*target);
  const Duration wait =
      query.delay_ms ? std::chrono::milliseconds(*query.delay_ms) : options_.delay;

  constexpr std::string_view fault_prefix = "/fault/";
  if (path.starts_with(fault_prefix)) {
    if (const Fault* fault = find_fault(std::string_view(path).substr(fault_prefix.size()))) {
      Answer answer = fault->answer(query);
      if (!answer.drip) answer.wait = wait;
      return answer;
    }
  }
  const auto number = page_number(path);
  if (!number || *number >= options_.pages) {
    return error_answer(404, request,
                        fmt::format("There is no {} here; / lists what there is.", path));
  }
  const std::string inner = *number == 0 ? "" : inner_page(*number, options_.pages);
  std::string_view html = *number == 0 ? front_page_ : inner;
  const std::uint64_t length = query.bytes.value_or(html.size());
  html = html.substr(0, length);

  Answer answer;
  const bool keep = request.keep_alive && !request.has_body;
  const bool with_body = request.method == "GET";
  answer.bytes = answer_text(200, with_body ? html : "", length, keep);
  answer.more = padding();
  answer.more_bytes = with_body ? length - html.size() : 0;
  answer.wait = wait;
  answer.ending = keep ? Ending::keep : request.has_body ? Ending::half_close : Ending::close;
  return answer;
} catch (const std::invalid_argument& error) {
  return error_answer(400, request, error.what());
}

Answer SiteContent::refusal(const std::string& why) {
  return error_answer(400, {.method = {}, .target = {}, .keep_alive = false, .has_body = true},
                      why);
}

}  // namespace common
