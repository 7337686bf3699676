#include "common/crawl/page_table.h"

#include <algorithm>

namespace common {
namespace {

/// How many characters all of the rows' texts begin with.
std::size_t size_of_common_beginning(const auto& rows) {
  std::string_view begin = rows.empty() ? std::string_view() : rows.front().text;
  for (const auto& row : rows) {
    if (row.text.starts_with(begin)) continue;
    const auto [end, other] = std::ranges::mismatch(begin, row.text);
    begin = begin.substr(0, static_cast<std::size_t>(end - begin.begin()));
  }
  return begin.size();
}

/// Of two texts, whose first eight characters count, the smaller has the smaller number. Where one
/// ends, 0 stands, which no URL has in it.
std::uint64_t as_number(std::string_view text) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i) {
    number = number << 8 | (i < text.size() ? static_cast<unsigned char>(text[i]) : 0);
  }
  return number;
}

}  // namespace

Page* PageTable::find(const Url& url) const {
  const auto found = by_url_.find(Key(url));
  return found == by_url_.end() ? nullptr : *found;
}

Page* PageTable::add(Url url) {
  const Key key(url);
  if (by_url_.contains(key)) return nullptr;
  Page* const page = &pages_.emplace_back(std::move(url));
  page->hash = key.hash;
  by_url_.insert(page);
  return page;
}

PageResult& PageTable::add_result(Page& page) {
  page.result = &results_.emplace_back();
  return *page.result;
}

std::vector<Page*> PageTable::sorted() {
  // The URLs of a crawl mostly begin alike. The eight characters after that, read as one number,
  // put nearly all of them in order.
  struct Row {
    std::uint64_t key;
    std::string_view text;
    Page* page;
    bool operator<(const Row& other) const noexcept {
      return key != other.key ? key < other.key : text < other.text;
    }
  };
  std::vector<Row> rows;
  rows.reserve(pages_.size());
  for (Page& page : pages_) rows.push_back({0, page.text(), &page});
  const std::size_t alike = size_of_common_beginning(rows);
  for (Row& row : rows) row.key = as_number(row.text.substr(alike, sizeof row.key));
  std::sort(rows.begin(), rows.end());

  std::vector<Page*> all;
  all.reserve(rows.size());
  for (const Row& row : rows) all.push_back(row.page);
  return all;
}

Page& end_of_redirects(Page& page) noexcept {
  Page* end = &page;
  while (end->leads_to) {
    if (end->leads_to->leads_to) end->leads_to = end->leads_to->leads_to;
    end = end->leads_to;
  }
  return *end;
}

}  // namespace common
