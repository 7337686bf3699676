#include "common/crawl/page_table.h"

#include <algorithm>

namespace common {

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

std::vector<std::pair<std::string_view, Page*>> PageTable::sorted() {
  std::vector<std::pair<std::string_view, Page*>> all;
  all.reserve(pages_.size());
  for (Page& page : pages_) all.emplace_back(page.text(), &page);
  std::ranges::sort(all);
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
