// What a call of the trace tells as data (--record), beside its words.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <source_location>
#include <string_view>

namespace common::trace {

/// One fact of an Event: a number, a word, yes or no, or an object. An object is named by its
/// address; in the record it gets a number that is never used twice.
struct Field {
  /// Which of the values below is meant.
  enum class Type : std::uint8_t { number, word, flag, object };

  /// `name` is one of docs/record.schema.json's; `value` is only pointed to.
  Field(const char* name, std::integral auto value)
      : name(name), type(Type::number), number(static_cast<std::int64_t>(value)) {}
  /// Yes or no.
  Field(const char* name, bool value) : name(name), type(Type::flag), number(value) {}
  /// A word.
  Field(const char* name, std::string_view value) : name(name), type(Type::word), word(value) {}
  /// The same.
  Field(const char* name, const char* value) : Field(name, std::string_view(value)) {}
  /// An object; may be null.
  Field(const char* name, const void* value) : name(name), type(Type::object), object(value) {}

  const char* name;              ///< In the record.
  Type type;                     ///< Of the value.
  std::int64_t number = 0;       ///< A number, or 1 for yes.
  std::string_view word = {};    ///< A word.
  const void* object = nullptr;  ///< An object.
};

/// One event of a record. Written in braces where it happens, `{"soon", {{"task", this}}}`, so
/// that it knows the line that tells it. To be used at once: it only points to its fields.
struct Event {
  Event(const char* kind, std::initializer_list<Field> fields = {},
        const std::source_location* by = nullptr,
        std::source_location at = std::source_location::current())
      : kind(kind), fields(fields), by(by), at(at) {}

  const char* kind;  ///< One of those that docs/record.schema.json lists.
  std::initializer_list<Field> fields;
  const std::source_location* by;  ///< The line that called the one that tells it, or null.
  std::source_location at;
};

}  // namespace common::trace
