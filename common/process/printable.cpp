#include "common/process/printable.h"

#include <array>
#include <cstdio>

#include "common/process/utf8.h"

namespace common {
namespace {

bool is_harmless(char32_t code) {
  const auto between = [code](char32_t first, char32_t last) {
    return code >= first && code <= last;
  };
  const bool control = code < 0x20 || between(0x7F, 0x9F);
  const bool direction = code == 0x061C || between(0x200E, 0x200F) || between(0x2066, 0x2069);
  return !control && !direction && !between(0x2028, 0x202E);
}

/// `text` with what `replace` makes of the code of each character that is not harmless.
template <typename Replace>
std::string replaced(std::string_view text, Replace replace) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Utf8Character character = first_character(text);
    if (character.code && is_harmless(*character.code)) {
      out += text.substr(0, character.size);
    } else {
      replace(out, character.code);
    }
    text.remove_prefix(character.size);
  }
  return out;
}

}  // namespace

std::string printable(std::string_view text) {
  return replaced(text, [](std::string& out, auto) { out += '?'; });
}

std::string printable_json(std::string_view json) {
  return replaced(json, [](std::string& out, std::optional<char32_t> code) {
    if (code && (*code == '\n' || *code == '\t' || *code == '\r')) {
      out += static_cast<char>(*code);
      return;
    }
    std::array<char, 8> escaped{};
    std::snprintf(escaped.data(), escaped.size(), "\\u%04x",
                  static_cast<unsigned>(code.value_or(0xFFFD)));
    out += escaped.data();
  });
}

}  // namespace common
