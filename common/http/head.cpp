#include "common/http/head.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <string>
#include <system_error>

namespace common {
namespace {

constexpr std::string_view line_end = "\r\n";
constexpr std::string_view blanks = " \t";

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
constexpr bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }

bool equal_but_for_case(std::string_view text, std::string_view in_lower_case) {
  return std::ranges::equal(text, in_lower_case, {}, lower);
}

std::string_view without_blanks(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  return text.substr(0, text.find_last_not_of(blanks) + 1);
}

/// Whether each byte is in the set: one look-up for a byte, since every answer has hundreds of
/// them.
using Bytes = std::array<bool, 256>;

constexpr Bytes bytes_that(auto belongs) {
  Bytes bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes.at(i) = belongs(static_cast<char>(i));
  return bytes;
}

bool contains(const Bytes& bytes, char c) { return bytes[static_cast<unsigned char>(c)]; }

constexpr Bytes name_bytes = bytes_that([](char c) {
  return is_letter(c) || is_digit(c) ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
});

/// What others may take for the end of a line, or of a text.
constexpr Bytes deceptive_bytes =
    bytes_that([](char c) { return c == '\0' || c == '\r' || c == '\n'; });

bool is_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return contains(name_bytes, c); });
}

bool has_deceptive_bytes(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return contains(deceptive_bytes, c); });
}

/// The next line of `text`, which has one, without its end.
std::string_view take_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find(line_end));
  text.remove_prefix(line.size() + line_end.size());
  return line;
}

/// Calls `visit(name, value, folded)` for each field up to the empty line. False if something is no
/// field, or `visit` says false.
template <typename Visit>
bool for_each_field(std::string_view lines, Visit visit) {
  std::string unfolded;
  for (;;) {
    std::string_view line = take_line(lines);
    if (line.empty()) return true;
    const bool folded = lines.starts_with(' ') || lines.starts_with('\t');
    if (folded) {
      unfolded = line;
      while (lines.starts_with(' ') || lines.starts_with('\t')) {
        unfolded.append(" ").append(without_blanks(take_line(lines)));
      }
      line = unfolded;
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !is_name(line.substr(0, colon))) return false;
    if (has_deceptive_bytes(line)) return false;
    if (!visit(line.substr(0, colon), without_blanks(line.substr(colon + 1)), folded)) return false;
  }
}

/// Calls `visit` for each part of a list; some may be empty. False if it says false.
template <typename Visit>
bool for_each_element(std::string_view list, Visit visit) {
  for (;;) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (!visit(without_blanks(list.substr(0, comma)))) return false;
    if (comma == list.size()) return true;
    list.remove_prefix(comma + 1);
  }
}

/// Takes a Content-Length in. It may be said several times, if it is the same each time.
bool take_length(std::string_view value, Framing& framing) {
  return for_each_element(value, [&](std::string_view digits) {
    std::uint64_t length = 0;
    const auto [rest, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), length);
    if (digits.empty() || error != std::errc() || rest != digits.data() + digits.size()) {
      return false;
    }
    return framing.length.value_or(length) == length && (framing.length = length, true);
  });
}

/// The transfer codings of an answer.
struct Codings {
  std::size_t chunked = 0;
  std::size_t identity = 0;
  bool given = false;
  bool unknown = false;

  void take(std::string_view value) {
    given = true;
    for_each_element(value, [this](std::string_view coding) {
      if (equal_but_for_case(coding, "chunked")) {
        ++chunked;
      } else if (equal_but_for_case(coding, "identity")) {
        ++identity;
      } else if (!coding.empty()) {
        unknown = true;
      }
      return true;
    });
  }

  /// Returns whether it names exactly one coding, and one that is known here.
  bool can_be_undone() const { return !given || (!unknown && chunked + identity == 1); }
};

/// "HTTP/1.1 200 OK", or without the reason, which decides nothing.
bool read_status_line(std::string_view line, Response& response) {
  constexpr std::string_view pattern = "HTTP/1.x 200";
  const bool long_enough = line.size() == pattern.size() ||
                           (line.size() > pattern.size() && line[pattern.size()] == ' ');
  if (!long_enough || has_deceptive_bytes(line)) return false;
  const bool version = line.starts_with("HTTP/1.1 ") || line.starts_with("HTTP/1.0 ");
  const std::string_view status = line.substr(pattern.size() - 3, 3);
  if (!version || !std::ranges::all_of(status, is_digit) || status.front() == '0') return false;
  std::from_chars(status.data(), status.data() + status.size(), response.status);
  return true;
}

void take_location(std::string_view value, Response& response) {
  if (response.has_location) {
    response.locations_differ = response.locations_differ || response.location != value;
    return;
  }
  response.location = value;
  response.has_location = true;
}

}  // namespace

std::optional<Framing> read_head(std::string_view header, Response& response) {
  if (!read_status_line(take_line(header), response)) return std::nullopt;
  const int status = response.status;
  const bool has_body = status / 100 != 1 && status != 204 && status != 304;
  Framing framing;
  Codings codings;
  const bool good =
      for_each_field(header, [&](std::string_view name, std::string_view value, bool folded) {
        switch (name.size()) {
        case std::string_view("location").size():
          if (equal_but_for_case(name, "location")) take_location(value, response);
          break;
        case std::string_view("content-type").size():
          if (equal_but_for_case(name, "content-type")) response.content_type = value;
          break;
        case std::string_view("content-length").size():
          if (has_body && equal_but_for_case(name, "content-length"))
            return !folded && take_length(value, framing);
          break;
        case std::string_view("content-encoding").size():
          if (equal_but_for_case(name, "content-encoding")) {
            if (!response.content_encoding.empty()) response.content_encoding += ", ";
            response.content_encoding += value;
          }
          break;
        case std::string_view("transfer-encoding").size():
          if (has_body && equal_but_for_case(name, "transfer-encoding")) {
            codings.take(value);
            return !folded;
          }
          break;
        default:
          break;
        }
        return true;
      });
  const bool contradictory = codings.given && framing.length;
  if (!good || contradictory || !codings.can_be_undone()) return std::nullopt;
  framing.chunked = codings.chunked > 0;
  return framing;
}

bool are_fields(std::string_view lines) {
  return for_each_field(lines, [](auto, auto, bool) { return true; });
}

std::optional<std::string_view> chunk_size(std::string_view line) {
  const auto* const end = std::ranges::find_if_not(
      line, [](char c) { return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f'); });
  const auto size = static_cast<std::size_t>(end - line.begin());
  const std::string_view rest = without_blanks(line.substr(size));
  if (size == 0 || (!rest.empty() && rest.front() != ';')) return std::nullopt;
  // We ignore extensions. But a program that parses them may take a quoted one to continue on the
  // next line.
  bool quoted = false;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (rest[i] == '"') quoted = !quoted;
    if (quoted && rest[i] == '\\') ++i;
  }
  if (quoted || has_deceptive_bytes(rest)) return std::nullopt;
  return line.substr(0, size);
}

}  // namespace common
