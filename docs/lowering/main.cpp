// Plays each story in each way. Prints one of them, the first or that of the number given, and
// whether all ways are alike.
#include <cstddef>
#include <cstdlib>
#include <iostream>
#include <string>

#include "common/process/output.h"
#include "common/process/process.h"
#include "docs/lowering/stories.h"

int main(int argc, char** argv) {
  using namespace lowering;
  common::prepare_process();
  const std::size_t shown = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 1;
  std::size_t number = 0;
  bool all_alike = true;
  for (const auto& story : stories()) {
    const Events expected = ways().front().play(story);
    std::string different;
    for (const auto& way : ways()) {
      if (way.play(story) != expected) different += "\n   differs in " + way.name;
    }
    std::cout << ++number << "  " << story.title << ": " << expected.size() << " events"
              << (different.empty() ? ", the same in all ways" : different) << '\n';
    all_alike = all_alike && different.empty();
    if (number != shown) continue;
    for (const auto& event : expected) std::cout << "   " << event << '\n';
  }
  return all_alike ? common::exit_status_of(std::cout) : EXIT_FAILURE;
}
