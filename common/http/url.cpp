// Boost.URL takes a reference apart and knows the grammar. The rest is done here, because as
// of 1.81 its normalize() decodes %2F and %26, which changes what a URL means, its resolve() leaves
// ".." at the root, and its parser lets port numbers wrap around.
#include "common/http/url.h"

#include <algorithm>
#include <boost/url/grammar/hexdig_chars.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/rfc/pchars.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>
#include <stdexcept>

namespace common {
namespace {

namespace urls = boost::urls;

void append_hex(std::string& out, unsigned char byte) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  out += {digits[byte / 16], digits[byte % 16]};
}

/// For messages: printable ASCII, which is harmless in a terminal and in JSON, of bearable length.
std::string quoted(std::string_view text) {
  constexpr std::size_t longest = 200;
  std::string out = "'";
  for (const unsigned char c : text) {
    if (out.size() > longest) return out + "...'";
    if (c < 0x20 || c > 0x7E) {
      out += "\\x";
      append_hex(out, c);
    } else {
      out += static_cast<char>(c);
    }
  }
  return out + "'";
}

[[noreturn]] void refuse(std::string_view text, const std::string& why) {
  throw std::invalid_argument(quoted(text) + why);
}

bool is_blank_or_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte <= 0x20 || byte == 0x7F;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

template <typename View>
std::string lower_case(View view) {
  std::string out(view.data(), view.size());
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

/// Where the path of a reference begins: brackets before it belong to an IPv6 address.
std::size_t end_of_authority(std::string_view reference) {
  const std::size_t slashes = reference.find("//");
  const bool after_scheme = slashes != std::string_view::npos &&
                            (slashes == 0 || reference.find_first_of(":/?") + 1 == slashes);
  if (!after_scheme) return 0;
  return std::min(reference.find_first_of("/?", slashes + 2), reference.size());
}

/// `reference` without its fragment, spelled as RFC 3986 §6.2.2 wants it: bytes that a URL cannot
/// have are percent-encoded, letters, digits and "-._~" never are, hex digits are in upper case.
std::string spelled_normally(std::string_view reference) {
  reference = reference.substr(0, reference.find('#'));
  const std::size_t authority_end = end_of_authority(reference);

  std::string out;
  out.reserve(reference.size());
  for (std::size_t i = 0; i < reference.size(); ++i) {
    auto c = static_cast<unsigned char>(reference[i]);
    bool keep = urls::pchars(reference[i]) || c == '/' || c == '?' ||
                (i < authority_end && (c == '[' || c == ']'));
    if (c == '%' && i + 2 < reference.size()) {
      const auto high = urls::grammar::hexdig_value(reference[i + 1]);
      const auto low = urls::grammar::hexdig_value(reference[i + 2]);
      if (high >= 0 && low >= 0) {
        c = static_cast<unsigned char>(high * 16 + low);
        keep = urls::unreserved_chars(static_cast<char>(c));
        i += 2;
      }
    }
    if (keep) {
      out += static_cast<char>(c);
    } else {
      out += '%';
      append_hex(out, c);
    }
  }
  return out;
}

/// RFC 3986 §5.2.4, for a path that begins with a slash.
std::string without_dot_segments(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const std::string_view segment = path.substr(0, path.find('/', 1));  // "/name"
    path.remove_prefix(segment.size());
    if (segment != "/." && segment != "/..") {
      out += segment;
      continue;
    }
    if (segment == "/.." && !out.empty()) out.erase(out.rfind('/'));
    if (path.empty()) out += '/';
  }
  return out;
}

/// An attribute or header field as browsers read it: blanks around it, tabs and line ends in it do
/// not count.
std::string as_browsers_read(std::string_view reference) {
  while (!reference.empty() && is_blank_or_control(reference.front())) reference.remove_prefix(1);
  while (!reference.empty() && is_blank_or_control(reference.back())) reference.remove_suffix(1);
  std::string out(reference);
  std::erase_if(out, [](char c) { return c == '\t' || c == '\r' || c == '\n'; });
  return out;
}

urls::url_view take_apart(const std::string& spelled, std::string_view as_given) {
  const auto view = urls::parse_uri_reference(spelled);
  // Boost 1.81 takes "//host:x" for the host "host" with the path "x".
  if (!view || (view->has_authority() && !view->encoded_path().empty() &&
                view->encoded_path().front() != '/')) {
    refuse(as_given,
           " is no URL: write it like http://host/path, http://host:8080/path or "
           "http://[::1]/path");
  }
  return *view;
}

std::string host_of(const urls::url_view& view, std::string_view as_given) {
  if (view.has_userinfo()) refuse(as_given, ": user:password@ is not supported, leave it out");
  if (view.host_type() == urls::host_type::ipv6) return view.host_ipv6_address().to_string();

  std::string host = lower_case(view.encoded_host());
  if (host.empty()) refuse(as_given, " names no host: write it like http://host/path");
  for (const char c : host) {
    if (!urls::unreserved_chars(c) || c == '~') {
      refuse(as_given, ": " + quoted(host) +
                           " is no host name, which has letters, digits, '-', '_' and '.' only "
                           "(an international one is written in its xn-- form)");
    }
  }
  return host;
}

std::uint16_t default_port(std::string_view scheme) {
  return scheme == "http" ? 80 : scheme == "https" ? 443 : 0;
}

std::uint16_t port_of(const urls::url_view& view, std::string_view scheme,
                      std::string_view as_given) {
  const std::string_view digits(view.port().data(), view.port().size());
  if (digits.empty()) return default_port(scheme);
  std::uint16_t port = 0;  // and stays 0 if the number is too large
  std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (port == 0) {
    refuse(as_given, ": port " + quoted(digits) + " is not between 1 and 65535");
  }
  return port;
}

}  // namespace

Url::Url(std::string scheme, std::string host, std::uint16_t port, std::string_view path_and_query)
    : scheme_(std::move(scheme)), host_(std::move(host)), port_(port) {
  const std::size_t query = std::min(path_and_query.find('?'), path_and_query.size());
  text_ = scheme_ + "://" + authority();
  target_ = text_.size();
  text_ += query == 0 ? "/" : without_dot_segments(path_and_query.substr(0, query));
  text_ += path_and_query.substr(query);
}

Url Url::parse(std::string_view text) {
  if (std::any_of(text.begin(), text.end(), is_blank_or_control)) {
    refuse(text, " has a space or a control character in it: write a space as %20");
  }
  const std::string spelled = spelled_normally(text);
  const urls::url_view view = take_apart(spelled, text);
  if (!view.has_scheme() || !view.has_authority()) {
    refuse(text, " is no absolute URL: write it like http://host/path");
  }
  std::string scheme = lower_case(view.scheme());
  const std::uint16_t port = port_of(view, scheme, text);
  return {std::move(scheme), host_of(view, text), port, view.encoded_target()};
}

Url Url::resolve(std::string_view reference) const {
  const std::string spelled = spelled_normally(as_browsers_read(reference));
  const urls::url_view view = take_apart(spelled, reference);
  const std::string target(view.encoded_target());

  // RFC 3986 §5.2.2
  if (view.has_authority()) {
    std::string scheme = view.has_scheme() ? lower_case(view.scheme()) : scheme_;
    const std::uint16_t port = port_of(view, scheme, reference);
    return {std::move(scheme), host_of(view, reference), port, target};
  }
  if (view.has_scheme()) refuse(reference, " names no host: write it like http://host/path");
  const auto with = [this](std::string path_and_query) {
    return Url(scheme_, host_, port_, path_and_query);
  };
  const std::string base(this->target());
  const std::string base_path = base.substr(0, base.find('?'));
  if (target.empty()) return with(base);
  if (target.front() == '?') return with(base_path + target);
  if (target.front() == '/') return with(target);
  return with(base_path.substr(0, base_path.rfind('/') + 1) + target);
}

std::string_view Url::target() const noexcept { return std::string_view(text_).substr(target_); }

std::string Url::authority() const {
  std::string out = host_.find(':') == std::string::npos ? host_ : "[" + host_ + "]";
  if (port_ != default_port(scheme_)) out += ":" + std::to_string(port_);
  return out;
}

}  // namespace common
