#include "common/site/faults.h"

#include <algorithm>
#include <iterator>
#include <string>

namespace common {
namespace {

using std::chrono::milliseconds;

/// `bytes`, and what happens after them.
Answer served(std::string bytes, Ending ending = Ending::close) {
  Answer answer;
  answer.bytes = std::move(bytes);
  answer.ending = ending;
  return answer;
}

/// A head that promises `length` bytes of body, and the first `sent` of these.
std::string part_of_page(std::size_t length, std::size_t sent) {
  return "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: " + std::to_string(length) +
         "\r\nConnection: close\r\n\r\n" + std::string(sent, '.');
}

Answer dripped(const SiteQuery& query) {
  Answer answer = served(part_of_page(100, 100));
  answer.pause = milliseconds(query.delay_ms.value_or(1));
  return answer;
}

// Not a word of Boost here: a fault is bytes and an ending.
constexpr Fault table[] = {
    {"close", "Closes the connection before an answer.",
     [](const SiteQuery&) { return served("", Ending::close); }},
    {"reset", "Resets the connection (RST) in the middle of the body.",
     [](const SiteQuery&) { return served(part_of_page(2000, 1000), Ending::reset); }},
    {"half", "Sends half of its Content-Length, then closes.",
     [](const SiteQuery&) { return served(part_of_page(2000, 1000)); }},
    {"stall", "Takes the request and never answers.",
     [](const SiteQuery&) { return served("", Ending::stall); }},
    {"garbage", "Answers with bytes that are no HTTP.",
     [](const SiteQuery&) { return served("220 ready, but this is another protocol\r\n\r\n"); }},
    {"drip", "A valid answer, sent a byte at a time: one every delay_ms (1 unless told).", dripped},
};

}  // namespace

std::span<const Fault> faults() noexcept { return table; }

const Fault* find_fault(std::string_view name) noexcept {
  const auto* found =
      std::find_if(std::begin(table), std::end(table), [&](auto& row) { return row.name == name; });
  return found == std::end(table) ? nullptr : found;
}

}  // namespace common
