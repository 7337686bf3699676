// Lists the answers that go wrong on purpose: `/fault/NAME`. To add one, add a row to the table.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "common/site/answer.h"

namespace common {

/// Holds what a request may say after the question mark.
struct SiteQuery {
  std::optional<std::uint64_t> delay_ms;  ///< The time before the answer.
  std::optional<std::uint64_t> bytes;     ///< The length of a page's body.
  std::optional<std::uint64_t> again;     ///< Makes a different URL of the same answer.
};

/// Describes one way for an answer to go wrong.
struct Fault {
  std::string_view name;
  std::string_view sentence;                 ///< For people: what the client sees.
  Answer (*answer)(const SiteQuery& query);  ///< Called for each request; never null.
};

/// Returns all of them, in the order in which `/` lists them.
std::span<const Fault> faults() noexcept;

/// Returns the fault of that name, or null.
const Fault* find_fault(std::string_view name) noexcept;

}  // namespace common
