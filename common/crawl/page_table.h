// Every URL that a crawl has met, each once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory_resource>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "common/crawl/page_result.h"
#include "common/http/url.h"

namespace common {

struct Host;

/// What the Frontier knows of one URL. There may be very many, so nothing is in it that only an
/// attempt in flight needs, and the URL's text is held once: by `url`, then by `result`.
struct Page {
  explicit Page(Url where) : url(std::move(where)) {}

  std::string_view text() const noexcept { return url ? url->text() : result.url; }

  /// Queued also while it is paused, or waits for the look-up of its host.
  enum class State : std::uint8_t { queued, in_flight, done };

  std::optional<Url> url;  ///< Until `done`.
  PageResult result;
  Host* host = nullptr;               ///< From the first time that its turn comes.
  Page* leads_to = nullptr;           ///< A page further down its chain of redirects.
  std::uint32_t redirects = 0;        ///< Hops that led here.
  std::uint16_t first_address = 0;    ///< Of the host, in this try.
  std::uint16_t addresses_tried = 0;  ///< In this try, in vain.
  State state = State::queued;
  bool admitted = false;  ///< Counted towards the limit of pages.
};

/// The pages by their URL. They stay where they are for as long as the table lives.
class PageTable {
 public:
  /// Nothing if the URL was not met before.
  Page* find(const Url& url) const;

  /// The page of a URL that was not met before.
  Page& add(Url url);

  /// All of them with their URLs, in the order of these.
  std::vector<std::pair<std::string_view, Page*>> sorted();

 private:
  static std::string_view text(const Page* page) noexcept { return page->text(); }
  static std::string_view text(std::string_view text) noexcept { return text; }
  struct Hash {
    using is_transparent = void;
    // Not noexcept: so the table keeps what it is told, and need not ask again when it grows.
    std::size_t operator()(const auto& key) const {
      return std::hash<std::string_view>()(text(key));
    }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const auto& left, const auto& right) const noexcept {
      return text(left) == text(right);
    }
  };

  std::pmr::monotonic_buffer_resource memory_;  // a page is never taken back
  std::pmr::deque<Page> pages_{&memory_};
  std::pmr::unordered_set<Page*, Hash, Equal> by_url_{&memory_};
};

/// Where the redirects lead that begin at `page`: to `page` itself if it is none. Shortens the way
/// for the next time, so that long chains stay cheap.
Page& end_of_redirects(Page& page) noexcept;

}  // namespace common
