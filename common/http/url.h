// URLs: read, normalised, resolved (RFC 3986). Boost.URL inside.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace common {

/// An absolute URL in normal form, without a fragment: scheme and host in lower case, no default
/// port, no dot segments, percent-encoding where needed and nowhere else, `/` for an empty path.
/// Two spellings of the same place compare equal.
class Url {
 public:
  /// Reads an absolute URL. Throws `std::invalid_argument` whose text names what is wrong and what
  /// would be right.
  static Url parse(std::string_view text);
  /// Makes `text` itself a URL, without a copy, if it is an http one in normal form already. If
  /// not, nothing, and `text` stays.
  static std::optional<Url> take_normal(std::string& text);

  /// Resolves a reference (an href, a Location) against this URL, which is http or https: as RFC
  /// 3986 §5 says, and where browsers take more than it does (https://url.spec.whatwg.org), as they
  /// do. Throws as `parse` does.
  Url resolve(std::string_view reference) const;

  /// The whole, normalised. The views below are of its parts.
  const std::string& text() const& noexcept { return text_; }
  std::string text() && noexcept { return std::move(text_); }

  std::string_view scheme() const noexcept;     ///< "http"
  std::string_view authority() const noexcept;  ///< What the Host field carries.
  std::string_view host() const noexcept;       ///< Without brackets.
  std::string_view target() const noexcept;     ///< Path and query: what a request asks for.
  /// The scheme's own if none is given, 0 if the scheme is neither http nor https.
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

/// The scheme that a reference names, in lower case; empty if it is relative.
std::string scheme_of(std::string_view reference);

}  // namespace common
