// Reads, normalises and resolves URLs (RFC 3986). Boost.URL inside.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace common {

/// Holds an absolute URL in normal form, without a fragment: scheme and host in lower case, no
/// default port, no dot segments, percent-encoding where it is needed and nowhere else, and `/` for
/// an empty path. So two spellings of the same place compare equal:
///
/// ```cpp
/// const Url page = Url::parse("HTTP://Example.org:80/a/../b");
/// std::puts(page.text().c_str());                 // http://example.org/b
/// std::puts(page.resolve("c").text().c_str());    // http://example.org/c
/// ```
class Url {
 public:
  /// Reads an absolute URL. Throws `std::invalid_argument` that says what is wrong and what would
  /// be right.
  static Url parse(std::string_view text);
  /// Turns `text` itself into a URL, without a copy, if it is an http URL in normal form already.
  /// Otherwise returns nothing and leaves `text` as it is.
  static std::optional<Url> take_normal(std::string& text);

  /// Resolves a reference (an href, a Location) against this URL, which must be http or https. It
  /// follows RFC 3986 §5, and browsers (https://url.spec.whatwg.org) where they accept more. Throws
  /// as `parse` does.
  Url resolve(std::string_view reference) const;

  /// Returns the whole URL, normalised. The functions below return views of its parts.
  const std::string& text() const& noexcept { return text_; }
  std::string text() && noexcept { return std::move(text_); }

  std::string_view scheme() const noexcept;     ///< "http"
  std::string_view authority() const noexcept;  ///< What the Host field carries.
  std::string_view host() const noexcept;       ///< Without brackets.
  std::string_view target() const noexcept;     ///< Path and query: what a request asks for.
  /// Returns the port: the scheme's own if none is given, and 0 if the scheme is neither http nor
  /// https.
  std::uint16_t port() const noexcept { return port_; }

  friend bool operator==(const Url& left, const Url& right) noexcept {
    return left.text_ == right.text_;
  }

 private:
  /// `host`: an IPv6 address is in brackets.
  Url(std::string_view scheme, std::string_view host, std::uint16_t port,
      std::string_view path_and_query);
  /// `text` is in normal form.
  Url(std::string text, std::size_t target, std::uint16_t port);
  std::string_view host_in_brackets() const noexcept;

  std::string text_;
  std::size_t authority_ = 0;  // where in text_ it begins
  std::size_t target_ = 0;     // and where the target does
  std::uint16_t port_ = 0;
};

/// Returns the scheme of a reference in lower case, or an empty text if the reference is relative.
std::string scheme_of(std::string_view reference);

}  // namespace common
