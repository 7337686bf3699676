// Boost.URL knows which characters may stand where, and IPv6 addresses. The rest is done here,
// because as of 1.81 its normalize() decodes %2F and %26, which changes what a URL means, its
// resolve() leaves ".." at the root, and its parser lets port numbers wrap around, takes "//host:x"
// for the path "x", and would be a third of all that a crawler computes for a page.
#include "common/http/url.h"

#include <algorithm>
#include <boost/url/grammar/hexdig_chars.hpp>
#include <boost/url/ipv6_address.hpp>
#include <boost/url/rfc/pchars.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <charconv>
#include <optional>
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

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// What a path and query may have in it as it stands, and a host in lower case.
constexpr auto target_chars = urls::pchars + '/' + '?';
constexpr urls::grammar::lut_chars host_chars = "abcdefghijklmnopqrstuvwxyz0123456789-._";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), lower);
  return text;
}

/// A part of a URL, spelled as RFC 3986 §6.2.2 wants it: bytes that a URL cannot have are
/// percent-encoded, letters, digits and "-._~" never are, hex digits are in upper case.
std::string spelled_normally(std::string_view part) {
  const auto* special = std::find_if_not(part.begin(), part.end(), target_chars);
  std::string out(part.begin(), special);
  while (special != part.end()) {
    part.remove_prefix(static_cast<std::size_t>(special - part.begin()));
    auto c = static_cast<unsigned char>(part.front());
    bool keep = false;
    if (c == '%' && part.size() > 2) {
      const auto high = urls::grammar::hexdig_value(part[1]);
      const auto low = urls::grammar::hexdig_value(part[2]);
      if (high >= 0 && low >= 0) {
        c = static_cast<unsigned char>(high * 16 + low);
        keep = urls::unreserved_chars(static_cast<char>(c));
        part.remove_prefix(2);
      }
    }
    part.remove_prefix(1);
    if (keep) {
      out += static_cast<char>(c);
    } else {
      out += '%';
      append_hex(out, c);
    }
    special = std::find_if_not(part.begin(), part.end(), target_chars);
    out.append(part.begin(), special);
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

/// An attribute or header field as browsers read it: blanks and control characters around it don't
/// count, nor do tabs and line ends in it, nor what comes after a '#'.
std::string as_browsers_read(std::string_view reference) {
  const auto is_blank = [](char c) { return static_cast<unsigned char>(c) <= 0x20; };
  while (!reference.empty() && is_blank(reference.front())) reference.remove_prefix(1);
  while (!reference.empty() && is_blank(reference.back())) reference.remove_suffix(1);
  std::string out(reference.substr(0, reference.find('#')));
  std::erase_if(out, [](char c) { return c == '\t' || c == '\r' || c == '\n'; });
  return out;
}

/// What a reference says, part by part, as it is written there.
struct Parts {
  std::optional<std::string_view> scheme;
  bool has_authority = false;
  bool has_userinfo = false;
  std::string_view host;  // with the brackets of an IPv6 address
  std::string_view port;  // digits, or nothing
  std::string_view target;
};

/// What is before the first colon, if that can be a scheme: it begins with a letter. "12:30.html"
/// has none.
std::optional<std::string_view> scheme_in(std::string_view text) {
  const auto is_letter = [](char c) { return lower(c) >= 'a' && lower(c) <= 'z'; };
  const auto* const end = std::ranges::find_if_not(text, [&](char c) {
    return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
  });
  if (end == text.end() || *end != ':' || !is_letter(text.front())) return std::nullopt;
  return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

/// Where the first of `delimiters` is in `text`, or its size.
std::size_t find_first(std::string_view text, std::string_view delimiters) {
  const auto* const found =
      std::find_first_of(text.begin(), text.end(), delimiters.begin(), delimiters.end());
  return static_cast<std::size_t>(found - text.begin());
}

/// Takes [ userinfo "@" ] host [ ":" port ] apart. False if it is something else.
bool take_authority_apart(std::string_view authority, Parts& parts) {
  parts.has_authority = true;
  if (const auto at = authority.find('@'); at != std::string_view::npos) {
    parts.has_userinfo = true;
    authority.remove_prefix(at + 1);
  }
  if (authority.starts_with('[')) {
    parts.host = authority.substr(0, authority.find(']') + 1);
    if (parts.host.empty()) return false;
  } else {
    parts.host = authority.substr(0, authority.find(':'));
    if (find_first(parts.host, "@[]") < parts.host.size()) return false;
  }
  authority.remove_prefix(parts.host.size());
  if (authority.empty()) return true;
  parts.port = authority.substr(1);
  return authority.front() == ':' && std::ranges::all_of(parts.port, is_digit);
}

[[noreturn]] void refuse_as_no_url(std::string_view text) {
  refuse(text,
         " is not a URL: write it like http://host/path, http://host:8080/path or "
         "http://[::1]/path");
}

/// As RFC 3986's appendix B does it, with what comes after the scheme.
Parts take_apart(std::optional<std::string_view> scheme, std::string_view rest,
                 std::string_view as_given) {
  Parts parts;
  parts.scheme = scheme;
  rest = rest.substr(0, rest.find('#'));
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    const auto end = find_first(rest, "/?");
    if (!take_authority_apart(rest.substr(0, end), parts)) refuse_as_no_url(as_given);
    rest.remove_prefix(end);
  }
  parts.target = rest;
  return parts;
}

/// Takes apart what an http or https page refers to. The URL standard says what browsers do and
/// RFC 3986 doesn't have: a backslash before the query is a slash; any number of slashes from two
/// on begin a host, and after another scheme than the page's, any number at all; after the page's
/// own, none or one do not ("http:x" is "x"). `rest` holds what the parts are views of.
Parts take_apart_as_browsers_do(std::string_view reference, std::string_view page_scheme,
                                std::string& rest) {
  std::optional<std::string_view> scheme = scheme_in(reference);
  rest = scheme ? reference.substr(scheme->size() + 1) : reference;
  const std::string name = lower_case(std::string(scheme.value_or(page_scheme)));
  if (name == "http" || name == "https") {
    std::replace(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(find_first(rest, "?")),
                 '\\', '/');
    if (rest.starts_with("//") || name != page_scheme) {
      rest.replace(0, std::min(rest.find_first_not_of('/'), rest.size()), "//");
    } else {
      scheme.reset();
    }
  }
  return take_apart(scheme, rest, reference);
}

std::string host_of(const Parts& parts, std::string_view as_given) {
  if (parts.has_userinfo) refuse(as_given, ": user:password@ is not supported, leave it out");
  if (parts.host.starts_with('[')) {
    const std::string_view inside = parts.host.substr(1, parts.host.size() - 2);
    if (const auto address = urls::parse_ipv6_address(inside)) {
      return "[" + std::string(address->to_string()) + "]";
    }
    if (!inside.starts_with('v') && !inside.starts_with('V')) refuse_as_no_url(as_given);
  }
  std::string host = lower_case(spelled_normally(parts.host));
  if (host.empty()) refuse(as_given, " names no host: write it like http://host/path");
  if (!std::ranges::all_of(host, host_chars)) {
    refuse(as_given, ": " + quoted(host) +
                         " is not a host name, which has letters, digits, '-', '_' and '.' only "
                         "(an international one is written in its xn-- form)");
  }
  return host;
}

std::uint16_t default_port(std::string_view scheme) {
  return scheme == "http" ? 80 : scheme == "https" ? 443 : 0;
}

std::uint16_t port_of(std::string_view digits, std::string_view scheme, std::string_view as_given) {
  if (digits.empty()) return default_port(scheme);
  std::uint16_t port = 0;  // and stays 0 if the number is too large
  std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (port == 0) {
    refuse(as_given, ": port " + quoted(digits) + " is not between 1 and 65535");
  }
  return port;
}

constexpr std::string_view before_host = "http://";

/// Where the target of a URL begins, and its port.
struct Normal {
  std::size_t target;
  std::uint16_t port;
};

/// Most URLs are in normal form already, which one look at each character tells. Nothing if `text`
/// is not, or has anything in it that is rare.
std::optional<Normal> found_normal(std::string_view text) {
  if (!text.starts_with(before_host)) return std::nullopt;
  const auto* const host = text.begin() + before_host.size();
  const auto* at = std::find_if_not(host, text.end(), host_chars);
  if (at == host) return std::nullopt;

  std::uint16_t port = default_port("http");
  if (at != text.end() && *at == ':') {
    const auto* const digits = ++at;
    at = std::from_chars(digits, text.end(), port).ptr;
    const bool normal = at != digits && *digits != '0' && port != default_port("http");
    if (!normal) return std::nullopt;
  }

  const auto* const target = at;
  if (at == text.end() || *at != '/') return std::nullopt;
  for (; at != text.end(); ++at) {
    if (!target_chars(*at) || (*at == '.' && at[-1] == '/')) return std::nullopt;
  }
  return Normal{static_cast<std::size_t>(target - text.begin()), port};
}

}  // namespace

Url::Url(std::string_view scheme, std::string_view host, std::uint16_t port,
         std::string_view path_and_query)
    : port_(port) {
  const std::size_t query = std::min(path_and_query.find('?'), path_and_query.size());
  text_.reserve(scheme.size() + host.size() + path_and_query.size() + sizeof "://:65535/");
  text_.append(scheme).append("://");
  authority_ = text_.size();
  text_ += host;
  if (port != default_port(scheme)) text_.append(":").append(std::to_string(port));
  target_ = text_.size();
  const std::string_view path = query == 0 ? "/" : path_and_query.substr(0, query);
  if (path.find("/.") == std::string_view::npos) {
    text_ += path;
  } else {
    text_ += without_dot_segments(path);
  }
  text_ += path_and_query.substr(query);
}

Url::Url(std::string text, std::size_t target, std::uint16_t port)
    : text_(std::move(text)), authority_(before_host.size()), target_(target), port_(port) {}

std::optional<Url> Url::take_normal(std::string& text) {
  const auto normal = found_normal(text);
  if (!normal) return std::nullopt;
  return Url(std::move(text), normal->target, normal->port);
}

Url Url::parse(std::string_view text) {
  if (const auto normal = found_normal(text)) {
    return {std::string(text), normal->target, normal->port};
  }
  if (std::any_of(text.begin(), text.end(), is_blank_or_control)) {
    refuse(text, " has a space or a control character in it: write a space as %20");
  }
  const auto scheme_part = scheme_in(text);
  if (!scheme_part && find_first(text, ":/?") == text.find("://")) refuse_as_no_url(text);
  const Parts parts =
      take_apart(scheme_part, text.substr(scheme_part ? scheme_part->size() + 1 : 0), text);
  if (!parts.scheme || !parts.has_authority) {
    refuse(text, " is not an absolute URL: write it like http://host/path");
  }
  const std::string scheme = lower_case(std::string(*parts.scheme));
  const std::uint16_t port = port_of(parts.port, scheme, text);
  return {scheme, host_of(parts, text), port, spelled_normally(parts.target)};
}

std::string scheme_of(std::string_view reference) {
  const std::string text = as_browsers_read(reference);
  return lower_case(std::string(scheme_in(text).value_or("")));
}

Url Url::resolve(std::string_view as_written) const {
  const std::string reference = as_browsers_read(as_written);
  std::string rest;
  const Parts parts = take_apart_as_browsers_do(reference, scheme(), rest);
  const std::string target = spelled_normally(parts.target);

  // RFC 3986 §5.2.2
  if (parts.has_authority) {
    const std::string scheme = lower_case(std::string(parts.scheme.value_or(this->scheme())));
    const std::uint16_t port = port_of(parts.port, scheme, reference);
    return {scheme, host_of(parts, reference), port, target};
  }
  if (parts.scheme) refuse(reference, " names no host: write it like http://host/path");
  const std::string_view base = this->target();
  const std::string_view base_path = base.substr(0, base.find('?'));
  const std::string_view base_folder = base_path.substr(0, base_path.rfind('/') + 1);
  const auto with = [this](std::string_view begin, std::string_view end) {
    return Url(scheme(), host_in_brackets(), port_, std::string(begin).append(end));
  };
  if (target.empty()) return with(base, "");
  if (target.front() == '?') return with(base_path, target);
  if (target.front() == '/') return with("", target);
  return with(base_folder, target);
}

std::string_view Url::scheme() const noexcept {
  return std::string_view(text_).substr(0, authority_ - std::string_view("://").size());
}

std::string_view Url::authority() const noexcept {
  return std::string_view(text_).substr(authority_, target_ - authority_);
}

/// The authority without its port.
std::string_view Url::host_in_brackets() const noexcept {
  const std::string_view all = authority();
  return all.substr(0, all.find(':', all.starts_with('[') ? all.find(']') : 0));
}

std::string_view Url::host() const noexcept {
  const std::string_view host = host_in_brackets();
  return host.starts_with('[') ? host.substr(1, host.size() - 2) : host;
}

std::string_view Url::target() const noexcept { return std::string_view(text_).substr(target_); }

}  // namespace common
