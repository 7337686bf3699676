#include "common/http/links.h"

#include <gumbo.h>
#include <time.h>

#include <csetjmp>
#include <memory_resource>
#include <optional>
#include <stdexcept>
#include <string>
#include <unordered_set>
#include <utility>

#include "common/process/utf8.h"

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

// gumbo puts U+FFFD for a byte that is no UTF-8 and for most control characters, but a URL is to
// keep them: a page in Latin-1 means that byte. So gumbo gets a character of private use for each
// such byte, which is made a byte again afterwards. If the page itself uses one of these, each of
// its four bytes is treated the same way.
constexpr char32_t first_stand_in = 0x10FE00;  // and the byte

bool is_stand_in(char32_t code) { return code > first_stand_in && code <= first_stand_in + 0xFF; }

bool needs_stand_in(const Utf8Character& character) {
  if (!character.code) return true;
  const char32_t code = *character.code;
  const auto between = [code](char32_t first, char32_t last) {
    return code >= first && code <= last;
  };
  const bool control =
      between(0x01, 0x08) || code == 0x0B || between(0x0E, 0x1F) || between(0x7F, 0x9F);
  const bool no_character = between(0xFDD0, 0xFDEF) || (code & 0xFFFE) == 0xFFFE;
  return control || no_character || is_stand_in(code);
}

void append_stand_in(std::string& out, unsigned char byte) {
  out += {'\xF4', '\x8F', static_cast<char>(0xB8 | byte >> 6),
          static_cast<char>(0x80 | (byte & 0x3F))};
}

/// `html` as gumbo is to read it. `storage` holds it if that is something else.
std::string_view with_stand_ins(std::string_view html, std::string& storage) {
  std::size_t plain = 0;  // so many bytes are as they should be
  for (std::size_t at = 0; at < html.size();) {
    const Utf8Character character = first_character(html.substr(at));
    const std::size_t next = at + character.size;
    if (needs_stand_in(character)) {
      storage += html.substr(plain, at - plain);
      for (; at < next; ++at) append_stand_in(storage, static_cast<unsigned char>(html[at]));
      plain = next;
    }
    at = next;
  }
  if (plain == 0) return html;
  storage += html.substr(plain);
  return storage;
}

std::string with_bytes_as_sent(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const Utf8Character character = first_character(text);
    if (character.code && is_stand_in(*character.code)) {
      out += static_cast<char>(*character.code - first_stand_in);
    } else {
      out += text.substr(0, character.size);
    }
    text.remove_prefix(character.size);
  }
  return out;
}

/// A page as gumbo reads it; without any element if it was given up.
class Document {
 public:
  explicit Document(std::string_view page) : arena_(page.size()) {
    const std::string_view html = with_stand_ins(page, storage_);
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

  bool given_up() const { return root_ == nullptr; }

  /// Calls `visit(const GumboElement&)` for each element of the source, in the order of the page.
  /// What is in a `<template>` is not part of the page.
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
      } else if (node->type == GUMBO_NODE_ELEMENT) {
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

  std::string storage_;
  Arena arena_;
  const GumboNode* root_ = nullptr;
};

/// The reference of a link, or nothing. An attribute without a value is empty: it refers to the
/// page itself. In SVG, `xlink:href` counts where there is no `href`.
std::optional<std::string> href_of(const GumboElement& element) {
  const GumboAttribute* found = nullptr;
  for (unsigned i = 0; i < element.attributes.length; ++i) {
    const auto* attribute = static_cast<const GumboAttribute*>(element.attributes.data[i]);
    if (std::string_view(attribute->name) != "href") continue;
    const bool plain = attribute->attr_namespace == GUMBO_ATTR_NAMESPACE_NONE;
    if (found == nullptr || plain) found = attribute;
    if (plain) break;
  }
  if (found == nullptr) return std::nullopt;
  return with_bytes_as_sent(found->value);
}

/// Of HTML, or of SVG in it. MathML has an `<a>` that leads nowhere.
bool is_link(const GumboElement& element) {
  const bool html = element.tag_namespace == GUMBO_NAMESPACE_HTML;
  const bool svg = element.tag_namespace == GUMBO_NAMESPACE_SVG;
  return (element.tag == GUMBO_TAG_A && (html || svg)) || (element.tag == GUMBO_TAG_AREA && html);
}

bool is_http(std::string_view scheme) { return scheme == "http" || scheme == "https"; }

/// What references are relative to.
class Base {
 public:
  explicit Base(const Url& page) : url_(page) {}

  /// Takes the page's `<base href>`. A malformed one doesn't count, nor does `data:` or
  /// `javascript:`. Below one of another scheme, such as `mailto:`, nothing relative can be
  /// fetched.
  void take(std::string_view href) {
    const std::string scheme = scheme_of(href);
    if (scheme == "data" || scheme == "javascript") return;
    foreign_ = !scheme.empty() && !is_http(scheme);
    if (foreign_) return;
    try {
      url_ = url_.resolve(href);
    } catch (const std::invalid_argument&) {
      // The page's own URL stays.
    }
  }

  std::optional<Url> fetchable(std::string_view reference) const {
    if (foreign_ && scheme_of(reference).empty()) return std::nullopt;
    try {
      Url url = url_.resolve(reference);
      if (is_http(url.scheme())) return url;
    } catch (const std::invalid_argument&) {
      // A page may say anything in an href; it is counted, and that is all.
    }
    return std::nullopt;
  }

 private:
  Url url_;
  bool foreign_ = false;
};

}  // namespace

Links find_links(std::string_view html, const Url& page) {
  const Document document(html);
  Links links;
  links.given_up = document.given_up();

  Base base(page);
  bool met_base = false;
  document.for_each_element([&](const GumboElement& element) {
    if (element.tag != GUMBO_TAG_BASE || element.tag_namespace != GUMBO_NAMESPACE_HTML) return;
    if (met_base) return;
    if (const auto href = href_of(element)) {
      met_base = true;
      base.take(*href);
    }
  });

  std::unordered_set<std::string> seen;
  document.for_each_element([&](const GumboElement& element) {
    if (!is_link(element)) return;
    const auto href = href_of(element);
    if (!href) return;
    std::optional<Url> url = base.fetchable(*href);
    if (!url) {
      ++links.skipped;
    } else if (seen.insert(url->text()).second) {
      links.urls.push_back(std::move(*url));
    }
  });
  return links;
}

}  // namespace common
