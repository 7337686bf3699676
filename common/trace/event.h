// Holds what a call of the trace reports as data (--record), in addition to its words.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <source_location>
#include <string_view>

namespace common::trace {

/// Holds one fact of an Event: a number, a word, yes or no, or an object. An object is given by its
/// address; the record replaces that by a number that is never used twice.
struct Field {
  /// Says which of the values below is valid.
  enum class Type : std::uint8_t { number, word, flag, object };

  /// Makes a number. `name` is one of those in docs/record.schema.json. Names and words are only
  /// pointed to.
  Field(const char* name, std::integral auto value)
      : name(name), type(Type::number), number(static_cast<std::int64_t>(value)) {}
  /// Makes a yes or no.
  Field(const char* name, bool value) : name(name), type(Type::flag), number(value) {}
  /// Makes a word.
  Field(const char* name, std::string_view value) : name(name), type(Type::word), word(value) {}
  /// Makes a word, too.
  Field(const char* name, const char* value) : Field(name, std::string_view(value)) {}
  /// Makes an object, which may be null.
  Field(const char* name, const void* value) : name(name), type(Type::object), object(value) {}

  const char* name;              ///< In the record.
  Type type;                     ///< Of the value.
  std::int64_t number = 0;       ///< A number, or 1 for yes.
  std::string_view word = {};    ///< A word.
  const void* object = nullptr;  ///< An object.
};

/// Holds one event of a record. It is written in braces at the place where it happens, `{"soon",
/// {{"task", this}}}`, so that it knows that line. Pass it on at once and do not store it, because
/// it only points to its fields.
struct Event {
  Event(const char* kind, std::initializer_list<Field> fields = {},
        const std::source_location* by = nullptr,
        std::source_location at = std::source_location::current())
      : kind(kind), fields(fields), by(by), at(at) {}

  const char* kind;  ///< One of those that docs/record.schema.json lists.
  std::initializer_list<Field> fields;
  const std::source_location* by;  ///< The line that called the traced function, or null.
  std::source_location at;
};

}  // namespace common::trace
