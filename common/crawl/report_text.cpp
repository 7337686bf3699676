// The report for people.
#include <fmt/core.h>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/crawl/crawl_error.h"
#include "common/crawl/crawl_report.h"
#include "common/crawl/units.h"
#include "common/process/printable.h"

namespace common {
namespace {

using Buffer = fmt::memory_buffer;

double milliseconds(Duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

std::string media_type(const PageResult& page) {
  const std::string type = printable(page.content_type.substr(0, page.content_type.find(';')));
  return type.empty() ? "-" : type;
}

std::string pages_text(std::size_t count) {
  return format_count(count) + (count == 1 ? " page" : " pages");
}

std::string urls_text(std::size_t count) {
  return format_count(count) + (count == 1 ? " URL" : " URLs");
}

/// What there is to say after the URL: where a redirect leads, why there is no page, how many tries
/// it took.
std::string remark(const PageResult& page) {
  std::string text;
  if (page.error) {
    text += "  " + printable(page.message());
  } else if (!page.next_url.empty()) {
    text += "  -> " + printable(page.next_url);
  }
  if (!page.note.empty()) text += "  " + printable(page.note);
  if (page.tries > 1) text += fmt::format(" ({} tries)", page.tries);
  return text;
}

void print_pages(Buffer& out, const std::vector<const PageResult*>& pages) {
  if (pages.empty()) return;
  const bool with_links = std::any_of(pages.begin(), pages.end(), [](const PageResult* page) {
    return page->links + page->skipped_links > 0;
  });
  std::size_t type_width = 4;
  for (const PageResult* page : pages) {
    type_width = std::max(type_width, std::min<std::size_t>(media_type(*page).size(), 24));
  }

  const auto write = std::back_inserter(out);
  fmt::format_to(write, "status       bytes         ms  {:<{}}  ", "type", type_width);
  if (with_links) fmt::format_to(write, " links    new  ");
  fmt::format_to(write, "URL\n");

  for (const PageResult* page : pages) {
    const auto time = page->own_time();
    fmt::format_to(
        write, "{:>6}  {:>10}  {:>9}  {:<{}}  ", page->status ? std::to_string(page->status) : "-",
        page->status ? format_count(page->body_bytes) : "-",
        time ? fmt::format("{:.1f}", milliseconds(*time)) : "-", media_type(*page), type_width);
    if (with_links) fmt::format_to(write, "{:>6} {:>6}  ", page->links, page->new_links);
    fmt::format_to(write, "{}{}\n", printable(page->url), remark(*page));
    if (!page->origin.empty()) fmt::format_to(write, "        from {}\n", printable(page->origin));
  }
  fmt::format_to(write, "\n");
}

/// "2 connection refused, 1 timed out"
std::string errors_by_kind(const CrawlReport& report) {
  std::map<std::string, std::size_t> count;
  for (const PageResult& page : report.pages) {
    if (!page.error) continue;
    std::string name = error_name(static_cast<CrawlError>(page.error.value()));
    std::replace(name.begin(), name.end(), '_', ' ');
    ++count[name];
  }
  std::string text;
  for (const auto& [name, times] : count) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", format_count(times), name);
  }
  return text;
}

void print_totals(Buffer& out, const CrawlReport& report) {
  const auto line = [&out](std::string_view name, const std::string& value) {
    fmt::format_to(std::back_inserter(out), "{:<13}{}\n", name, value);
  };

  line("fetched",
       fmt::format("{}, {}", pages_text(report.fetched()), format_size(report.body_bytes())));
  if (report.failed() > 0) {
    line("failed", fmt::format("{}: {}", pages_text(report.failed()), errors_by_kind(report)));
  }
  if (report.redirects() > 0) line("redirects", format_count(report.redirects()));
  if (!report.remaining.empty()) {
    line("not fetched", fmt::format("{}: {}", urls_text(report.remaining.size()),
                                    report.interrupted ? "the crawl was interrupted"
                                                       : "the limit of pages was reached"));
  } else if (report.interrupted) {
    line("interrupted", "nothing was queued any more");
  }
  line("time", report.fetched() > 0 && report.elapsed > Duration::zero()
                   ? fmt::format("{:.1f} ms, {:.1f} pages a second", milliseconds(report.elapsed),
                                 report.pages_per_second())
                   : fmt::format("{:.1f} ms", milliseconds(report.elapsed)));
  if (report.lookup_time > Duration::zero()) {
    line("look-ups", fmt::format("{:.1f} ms for names of hosts, not part of the time",
                                 milliseconds(report.lookup_time)));
  }
  line("in flight",
       fmt::format("{} at most, {:.1f} on average", format_count(report.most_in_flight),
                   report.achieved_concurrency()));
}

}  // namespace

std::string to_text(const CrawlReport& report, bool every_page) {
  std::vector<const PageResult*> pages;
  for (const PageResult& page : report.pages) {
    if (every_page || page.error) pages.push_back(&page);
  }
  Buffer out;
  print_pages(out, pages);
  print_totals(out, report);
  return fmt::to_string(out);
}

}  // namespace common
