#include "common/http/links.h"

#include <gumbo.h>
#include <time.h>

#include <csetjmp>
#include <memory_resource>
#include <optional>
#include <stdexcept>
#include <string>
#include <unordered_set>

namespace common {
namespace {

/// Gives gumbo its memory and takes it back as a whole: gumbo_destroy_output() recurses as deep as
/// the page nests, and would overflow the stack. A page can also be made to need memory and time
/// that grow with the square of its size. One that needs far more than honest pages do is given up
/// by a long jump, which is the way out of C code.
class Arena {
 public:
  explicit Arena(std::size_t page_size)
      : bytes_left_(mebibyte + 128 * page_size),
        deadline_(cpu_seconds() + 0.5 + 0.25 * static_cast<double>(page_size) / mebibyte) {}

  void* allocate(std::size_t size) {
    const bool look_at_clock = ++calls_ % 256 == 0;
    if (size > bytes_left_ || (look_at_clock && cpu_seconds() > deadline_)) {
      std::longjmp(give_up, 1);
    }
    bytes_left_ -= size;
    return memory_.allocate(size);
  }

  std::jmp_buf give_up;

 private:
  static constexpr std::size_t mebibyte = 1 << 20;

  static double cpu_seconds() {
    timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
  }

  std::pmr::monotonic_buffer_resource memory_;
  std::size_t bytes_left_;
  std::size_t calls_ = 0;
  double deadline_;
};

/// A page as gumbo reads it; without any element if it was given up.
class Document {
 public:
  explicit Document(std::string_view html) : arena_(html.size()) {
    GumboOptions options = kGumboDefaultOptions;
    options.userdata = &arena_;
    options.allocator = [](void* arena, std::size_t size) {
      return static_cast<Arena*>(arena)->allocate(size);
    };
    options.deallocator = [](void*, void*) {};
    options.max_errors = 0;
    if (setjmp(arena_.give_up) == 0) {
      root_ = gumbo_parse_with_options(&options, html.data(), html.size())->document;
    }
  }
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;

  /// Calls `visit(const GumboElement&)` for each element of the source, in the order of the page.
  template <typename Visit>
  void for_each_element(Visit visit) const {
    std::vector<const GumboNode*> open;
    if (root_ != nullptr) open.push_back(root_);
    while (!open.empty()) {
      const GumboNode* node = open.back();
      open.pop_back();
      const GumboVector* children = nullptr;
      if (node->type == GUMBO_NODE_DOCUMENT) {
        children = &node->v.document.children;
      } else if (node->type == GUMBO_NODE_ELEMENT || node->type == GUMBO_NODE_TEMPLATE) {
        children = &node->v.element.children;
        if (!is_clone(*node)) visit(node->v.element);
      } else {
        continue;
      }
      for (unsigned i = children->length; i > 0; --i) {
        open.push_back(static_cast<const GumboNode*>(children->data[i - 1]));
      }
    }
  }

 private:
  /// gumbo repeats an `<a>` that ends in the wrong place, as browsers do.
  static bool is_clone(const GumboNode& node) {
    return (node.parse_flags & (GUMBO_INSERTION_RECONSTRUCTED_FORMATTING_ELEMENT |
                                GUMBO_INSERTION_ADOPTION_AGENCY_CLONED)) != 0;
  }

  Arena arena_;
  const GumboNode* root_ = nullptr;
};

std::optional<std::string_view> href_of(const GumboElement& element) {
  const GumboAttribute* href = gumbo_get_attribute(&element.attributes, "href");
  if (href == nullptr) return std::nullopt;
  // gumbo decodes character references, but also puts U+FFFD for bytes that are no UTF-8. A URL
  // should keep these.
  std::string_view source(href->original_value.data, href->original_value.length);
  if (source.find('&') != std::string_view::npos) return href->value;
  if (source.starts_with('"') || source.starts_with('\'')) {
    source = source.substr(1, source.size() - 2);
  }
  return source;
}

std::optional<Url> fetchable(const Url& base, std::string_view reference) {
  try {
    Url url = base.resolve(reference);
    if (url.scheme() == "http" || url.scheme() == "https") return url;
  } catch (const std::invalid_argument&) {
    // A page may say anything in an href; it is counted, and that is all.
  }
  return std::nullopt;
}

}  // namespace

Links find_links(std::string_view html, const Url& page) {
  const Document document(html);

  std::optional<Url> base;
  bool met_base = false;
  document.for_each_element([&](const GumboElement& element) {
    if (element.tag != GUMBO_TAG_BASE || met_base) return;
    if (const auto href = href_of(element)) {
      met_base = true;
      base = fetchable(page, *href);
    }
  });

  Links links;
  std::unordered_set<std::string> seen;
  document.for_each_element([&](const GumboElement& element) {
    if (element.tag != GUMBO_TAG_A && element.tag != GUMBO_TAG_AREA) return;
    const auto href = href_of(element);
    if (!href) return;
    std::optional<Url> url = fetchable(base.value_or(page), *href);
    if (!url) {
      ++links.skipped;
    } else if (seen.insert(url->text()).second) {
      links.urls.push_back(std::move(*url));
    }
  });
  return links;
}

}  // namespace common
