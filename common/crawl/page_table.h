// Every URL that a crawl has met, each once.
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

/// What the Frontier knows of one URL. There may be very many that wait for their turn, so nothing
/// is in it that only an attempt in flight needs, or only a page that has come to its end; and the
/// URL's text is held once: by `url`, then by the result.
struct Page {
  explicit Page(Url where) : url(std::move(where)) {}

  std::string_view text() const noexcept { return url ? url->text() : result->url; }

  std::optional<Url> url;             ///< Until the result has it.
  std::size_t hash = 0;               ///< Of its text, for the table.
  PageResult* result = nullptr;       ///< Once it has come to its end.
  Host* host = nullptr;               ///< From the first time that its turn comes.
  Page* leads_to = nullptr;           ///< A page further down its chain of redirects.
  Duration queued{};                  ///< When it was met, for the result.
  std::uint32_t tries = 0;            ///< So far, for the result.
  std::uint32_t redirects = 0;        ///< Hops that led here.
  std::uint16_t first_address = 0;    ///< Of the host, in this try.
  std::uint16_t addresses_tried = 0;  ///< In this try, in vain.
  bool admitted = false;              ///< Counted towards the limit of pages.
};

/// The pages by their URL. They and their results stay where they are for as long as the table
/// lives.
class PageTable {
 public:
  /// Nothing if the URL was not met before.
  Page* find(const Url& url) const;

  /// The page of a URL that was not met before; nothing if it was.
  Page* add(Url url);

  /// The place for the result of `page`, which has none yet.
  PageResult& add_result(Page& page);

  /// All pages, in the order of their URLs.
  std::vector<Page*> sorted();

 private:
  /// A URL that may or may not be in the table. Its hash is computed once.
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

/// Where the redirects lead that begin at `page`: to `page` itself if it is none. Shortens the way
/// for the next time, so that long chains stay cheap.
Page& end_of_redirects(Page& page) noexcept;

}  // namespace common
