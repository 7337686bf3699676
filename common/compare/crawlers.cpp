#include "common/compare/crawlers.h"

#include <fmt/format.h>
#include <unistd.h>

#include <sstream>
#include <stdexcept>

#include "common/site/child_process.h"

namespace common {

const std::vector<Crawler>& all_crawlers() {
  static const std::vector<Crawler> all = {
      {"1 blocking", "stage1_blocking", "sequential", true},
      {"1 processes", "stage1_blocking", "processes", false},
      {"1 threads", "stage1_blocking", "threads", false},
      {"1 busy", "stage1_blocking", "busy", true},
      {"2 callbacks", "stage2_callbacks", "", false},
      {"3 future, task", "stage3_future_task", "", false},
      {"4 yield from", "stage4_yield_from", "", false},
      {"5 native coroutines", "stage5_native_coroutines", "", false},
      {"5 on Boost.Asio", "asio_crawler", "", false, "stage5_native_coroutines/asio"},
  };
  return all;
}

const std::vector<Crawler>& all_listings() {
  static const std::vector<Crawler> all = {
      {"1 blocking.py", "stage1_blocking.py", "sequential", true, "docs/python", true},
      {"1 processes.py", "stage1_blocking.py", "processes", false, "docs/python", true},
      {"1 threads.py", "stage1_blocking.py", "threads", false, "docs/python", true},
      {"1 busy.py", "stage1_blocking.py", "busy", true, "docs/python", true},
      {"2 callbacks.py", "stage2_callbacks.py", "", false, "docs/python", true},
      {"3 future, task.py", "stage3_future_task.py", "", false, "docs/python", true},
      {"4 yield from.py", "stage4_yield_from.py", "", false, "docs/python", true},
      {"5 asyncio.py", "stage5_asyncio.py", "", false, "docs/python", true},
      {"5 aiohttp.py", "stage5_aiohttp.py", "", false, "docs/python", true},
  };
  return all;
}

Python find_python() {
  // Asks the interpreter for its own path. `python3` may be a script that starts it, and the
  // script's time should not be measured.
  constexpr std::string_view question =
      "import sys; sys.version_info >= (3, 11) or sys.exit()\n"
      "print(sys.executable); print(sys.version.split()[0])\n"
      "import aiohttp; print('aiohttp')";
  Python found;
  // Debian's aiohttp works with Debian's Python, which need not be the first in PATH.
  for (const std::string_view name : {"python3", "/usr/bin/python3"}) {
    ChildProcess shell(
        "/bin/sh", {"-c", fmt::format("{} -c \"$0\" 2>/dev/null", name), std::string(question)});
    std::istringstream answer(shell.read_output());
    Python python;
    std::string aiohttp;
    std::getline(answer, python.program);
    std::getline(answer, python.version);
    std::getline(answer, aiohttp);
    python.has_aiohttp = aiohttp == "aiohttp";
    if (python.has_aiohttp) return python;
    if (found.program.empty()) found = python;
  }
  if (found.program.empty()) {
    throw std::runtime_error("the article's listings need Python 3.11 or later, and none is found");
  }
  return found;
}

void check_programs(const std::filesystem::path& bin, const std::vector<Crawler>& crawlers) {
  for (const Crawler& crawler : crawlers) {
    const std::filesystem::path program = bin / crawler.path();
    if (::access(program.c_str(), crawler.python ? R_OK : X_OK) != 0) {
      throw std::runtime_error(
          fmt::format("there is no program {}; build it first", program.string()));
    }
  }
}

}  // namespace common
