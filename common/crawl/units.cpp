#include "common/crawl/units.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <locale>
#include <sstream>
#include <stdexcept>

namespace common {
namespace {

struct Unit {
  std::string_view name;
  double factor;
};

/// A number and one of `units`; `examples` are for the message. At most `largest`.
double parse(std::string_view text, std::initializer_list<Unit> units, std::string_view examples,
             double largest) {
  // Not every standard library has `from_chars` for a double.
  const std::size_t length = std::min(text.find_first_not_of("0123456789."), text.size());
  const std::string_view unit = text.substr(length);
  std::istringstream digits{std::string(text.substr(0, length))};
  digits.imbue(std::locale::classic());
  double number = 0;
  const bool is_number =
      digits >> number && digits.peek() == std::istringstream::traits_type::eof();
  if (!is_number) {
    throw std::invalid_argument(
        fmt::format("'{}' is not a number with a unit: write for instance {}", text, examples));
  }
  if (unit.empty() && number == 0) return 0;
  for (const Unit& known : units) {
    if (unit != known.name) continue;
    if (number * known.factor > largest) {
      throw std::invalid_argument(fmt::format("'{}' is too much", text));
    }
    return number * known.factor;
  }
  throw std::invalid_argument(
      unit.empty()
          ? fmt::format("'{}' has no unit: write for instance {}", text, examples)
          : fmt::format("'{}' has an unknown unit: write for instance {}", text, examples));
}

std::string with_unit(double number, std::string_view unit) {
  const std::string text = fmt::format("{:.1f}", number);
  const std::size_t round = text.rfind(".0");
  return fmt::format("{} {}", round == std::string::npos ? text : text.substr(0, round), unit);
}

}  // namespace

Duration parse_duration(std::string_view text) {
  constexpr double day = 24 * 3600;
  const double seconds =
      parse(text, {{"us", 1e-6}, {"ms", 1e-3}, {"s", 1}, {"m", 60}, {"min", 60}, {"h", 3600}},
            "100ms, 2s or 1m", day);
  return std::chrono::round<Duration>(std::chrono::duration<double>(seconds));
}

std::size_t parse_size(std::string_view text) {
  constexpr double kib = 1024;
  constexpr double tib = kib * kib * kib * kib;
  return static_cast<std::size_t>(
      parse(text, {{"B", 1}, {"KiB", kib}, {"MiB", kib * kib}, {"GiB", kib * kib * kib}},
            "512B, 64KiB or 1MiB", tib));
}

std::size_t parse_count(std::string_view text, std::size_t least, std::size_t most) {
  std::size_t number = 0;
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const auto [rest, error] = std::from_chars(begin, end, number);
  if (error != std::errc() || rest != end || number < least || number > most) {
    throw std::invalid_argument(
        fmt::format("'{}' is not a whole number from {} to {}", text, least, most));
  }
  return number;
}

std::string format_duration(Duration duration) {
  const double seconds = std::chrono::duration<double>(duration).count();
  if (seconds < 1) return with_unit(seconds * 1000, "ms");
  if (seconds < 60) return with_unit(seconds, "s");
  return with_unit(seconds / 60, "min");
}

std::string format_size(std::size_t bytes) {
  auto size = static_cast<double>(bytes);
  if (bytes < 1024) return with_unit(size, "B");
  for (const std::string_view unit : {"KiB", "MiB"}) {
    size /= 1024;
    if (size < 1024) return with_unit(size, unit);
  }
  return with_unit(size / 1024, "GiB");
}

std::string format_count(std::size_t count) {
  std::string text = std::to_string(count);
  for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, 1, ',');
  return text;
}

}  // namespace common
