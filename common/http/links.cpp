#include "common/http/links.h"

#include <gumbo.h>

#include <memory_resource>
#include <optional>
#include <stdexcept>
#include <string>
#include <unordered_set>

namespace common {
namespace {

/// A page as gumbo reads it. Its memory comes from an arena that is dropped as a whole:
/// gumbo_destroy_output() recurses as deep as the page nests, and a hostile page would overflow the
/// stack.
class Document {
 public:
  explicit Document(std::string_view html) {
    GumboOptions options = kGumboDefaultOptions;
    options.userdata = &arena_;
    options.allocator = [](void* arena, std::size_t size) {
      return static_cast<std::pmr::memory_resource*>(arena)->allocate(size);
    };
    options.deallocator = [](void*, void*) {};
    options.max_errors = 0;
    root_ = gumbo_parse_with_options(&options, html.data(), html.size())->document;
  }
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;

  /// Calls `visit(const GumboElement&)` for each element of the source, in the order of the page.
  template <typename Visit>
  void for_each_element(Visit visit) const {
    std::vector<const GumboNode*> open{root_};
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

  std::pmr::monotonic_buffer_resource arena_;
  const GumboNode* root_;
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
