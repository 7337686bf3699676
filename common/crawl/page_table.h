// Keeps every URL that a crawl has met, each one once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory_resource>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "common/crawl/page_result.h"
#include "common/http/url.h"
#include "common/net/clock.h"

namespace common {

struct Host;

/// Holds what the Frontier knows about one URL. Very many of them may wait for their turn, so a
/// Page holds nothing that only an attempt in flight needs or only a page with a result. The URL's
/// text is held once: by `url` at first, by the result later.
struct Page {
  explicit Page(Url where) : url(std::move(where)) {}

  std::string_view text() const noexcept { return url ? url->text() : result->url; }

  std::optional<Url> url;             ///< Moves into the result in the end.
  std::size_t hash = 0;               ///< Of its text, for the table.
  PageResult* result = nullptr;       ///< Null until there is a result.
  Host* host = nullptr;               ///< Null until its turn comes for the first time.
  Page* leads_to = nullptr;           ///< A page further down its chain of redirects.
  Duration queued{};                  ///< When it was met, for the result.
  std::uint32_t tries = 0;            ///< So far, for the result.
  std::uint32_t redirects = 0;        ///< Hops that led here.
  std::uint16_t first_address = 0;    ///< Where this try began among the host's.
  std::uint16_t addresses_tried = 0;  ///< Of these, the ones that failed in this try.
  bool admitted = false;              ///< Counted towards the limit of pages.
};

/// Finds pages by their URL, and owns them and their results. Pointers to them are valid for as
/// long as the table lives. Nothing is ever removed.
class PageTable {
 public:
  /// Returns the page of `url`, or null if the URL was not met before.
  Page* find(const Url& url) const;

  /// Adds and returns the page of a URL that was not met before. Returns null if it was.
  Page* add(Url url);

  /// Makes the result of `page`, which must not have one yet.
  PageResult& add_result(Page& page);

  /// Returns all pages, in the order of their URLs.
  std::vector<Page*> sorted();

 private:
  /// Stands for a URL that may or may not be in the table. Its hash is computed once.
  struct Key {
    explicit Key(const Url& url) : text(url.text()), hash(std::hash<std::string_view>()(text)) {}
    std::string_view text;
    std::size_t hash;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(const Page* page) const noexcept { return page->hash; }
    std::size_t operator()(const Key& key) const noexcept { return key.hash; }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const Page* left, const Page* right) const noexcept { return left == right; }
    bool operator()(const Key& key, const Page* page) const noexcept {
      return key.hash == page->hash && key.text == page->text();
    }
    bool operator()(const Page* page, const Key& key) const noexcept { return (*this)(key, page); }
  };

  std::pmr::monotonic_buffer_resource memory_;  // nothing is ever taken back
  std::pmr::deque<Page> pages_{&memory_};
  std::pmr::list<PageResult> results_{&memory_};
  std::pmr::unordered_set<Page*, Hash, Equal> by_url_{&memory_};
};

/// Returns the page at which the redirects that begin at `page` end: `page` itself if it does not
/// redirect. Shortens the way for the next time, so that long chains stay cheap.
Page& end_of_redirects(Page& page) noexcept;

}  // namespace common
