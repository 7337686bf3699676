#include "common/trace/sources.h"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include <fmt/format.h>

namespace common::trace {
namespace {

namespace fs = std::filesystem;

std::string hash_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::uint64_t hash = 0xcbf29ce484222325;
  for (std::istreambuf_iterator<char> each(file), end; each != end; ++each) {
    hash = (hash ^ static_cast<unsigned char>(*each)) * 0x100000001b3;
  }
  return fmt::format("{:016x}", hash);
}

void add(std::map<std::string, std::string>& hashes, const fs::path& root, const fs::path& folder) {
  std::error_code error;  // a folder that can't be read has no sources
  for (fs::recursive_directory_iterator each(folder, error), end; !error && each != end;
       each.increment(error)) {
    const fs::path& path = each->path();
    if (path.extension() == ".h" || path.extension() == ".cpp")
      hashes.emplace(path.lexically_relative(root).generic_string(), hash_of(path));
  }
}

}  // namespace

std::map<std::string, std::string> hashes_of_sources(std::string_view folder) {
  const fs::path root(TUTORIAL_SOURCE_DIR);
  std::map<std::string, std::string> hashes;
  std::error_code error;
  add(hashes, root, root / "common");
  if (fs::is_directory(root / folder, error)) {
    add(hashes, root, root / folder);
    return hashes;
  }
  for (fs::directory_iterator each(root, error), end; !error && each != end;
       each.increment(error)) {
    if (each->path().filename().string().starts_with("stage")) add(hashes, root, each->path());
  }
  return hashes;
}

}  // namespace common::trace
