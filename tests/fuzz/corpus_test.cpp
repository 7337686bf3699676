// Runs a fuzz target over its corpus, with any compiler. CORPUS is the folder.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/fuzz/target.h"

namespace {

TEST(Corpus, HoldsNoInputThatBreaksTheTarget) {
  std::size_t inputs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(CORPUS)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string input(std::istreambuf_iterator<char>(file), {});
    SCOPED_TRACE(entry.path().filename());
    EXPECT_NO_THROW(
        LLVMFuzzerTestOneInput(reinterpret_cast<const unsigned char*>(input.data()), input.size()));
    ++inputs;
  }
  EXPECT_GT(inputs, 0u);
}

}  // namespace
