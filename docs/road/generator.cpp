// Shows: `co_yield elements_of(...)`, the `yield from` of C++23: a generator that hands out what
// its child generates.
#include <cstdio>
#include <generator>
#include <ranges>
#include <string_view>

namespace {

std::generator<std::string_view> header() {
  co_yield "Host: localhost";
  co_yield "Connection: close";
}

std::generator<std::string_view> request() {
  co_yield "GET / HTTP/1.1";
  co_yield std::ranges::elements_of(header());
  co_yield "";
}

}  // namespace

int main() {
  for (const std::string_view line : request()) {
    std::printf("%.*s|\n", static_cast<int>(line.size()), line.data());
  }
}
