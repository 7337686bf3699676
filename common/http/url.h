// URLs: read, normalised, resolved (RFC 3986). Boost.URL inside.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace common {

/// An absolute URL in normal form, without a fragment: scheme and host in lower case, no default
/// port, no dot segments, percent-encoding where needed and nowhere else, `/` for an empty path.
/// Two spellings of the same place compare equal.
class Url {
 public:
  /// Reads an absolute URL. Throws `std::invalid_argument` whose text names what is wrong and what
  /// would be right.
  static Url parse(std::string_view text);

  /// Resolves a reference (an href, a Location) against this URL (RFC 3986 §5). Throws as `parse`
  /// does.
  Url resolve(std::string_view reference) const;

  const std::string& text() const noexcept { return text_; }      ///< The whole, normalised.
  const std::string& scheme() const noexcept { return scheme_; }  ///< "http"
  const std::string& host() const noexcept { return host_; }      ///< Without brackets.
  /// The scheme's own if none is given, 0 if the scheme is neither http nor https.
  std::uint16_t port() const noexcept { return port_; }
  std::string_view target() const noexcept;  ///< Path and query: what a request asks for.
  std::string authority() const;             ///< What the Host field carries.

  friend bool operator==(const Url& left, const Url& right) noexcept {
    return left.text_ == right.text_;
  }

 private:
  Url(std::string scheme, std::string host, std::uint16_t port, std::string_view path_and_query);

  std::string text_;
  std::string scheme_;
  std::string host_;
  std::uint16_t port_ = 0;
  std::size_t target_ = 0;  // where in text_ the target begins
};

}  // namespace common
