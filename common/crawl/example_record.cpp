#include "common/crawl/example_record.h"

#include <cstdlib>
#include <exception>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "common/crawl/output_file.h"
#include "common/process/output.h"
#include "common/process/printable.h"
#include "common/trace/record.h"
#include "common/trace/sources.h"

namespace common {
namespace {

std::string header(std::string_view name, const char* file) {
  return boost::json::serialize(boost::json::object{
      {"format", 1},
      {"program", name},
      {"selector", ""},
      {"variant", ""},
      {"arguments", boost::json::array{"--record", file}},
      {"sources", boost::json::value_from(trace::hashes_of_sources(name))},
  });
}

}  // namespace

struct ExampleRecord::State {
  State(std::string_view name, const char* path)
      : name(name),
        file("the record", path),
        recording([this](std::string_view lines) { file.write(std::string(lines)); },
                  header(name, path)) {}

  std::string name;
  OutputFile file;
  trace::Recording recording;
};

ExampleRecord::ExampleRecord(int argc, char** argv, std::string_view name) {
  if (argc == 1) return;
  const bool help = argc == 2 && std::string_view(argv[1]) == "--help";
  if (!help && (argc != 3 || std::string_view(argv[1]) != "--record")) {
    say(fmt::format("{}: its only option is --record FILE. Try '{} --help'.\n", name, name));
    std::exit(2);
  }
  try {
    if (help) {
      write_out(fmt::format("Usage: {} [--record FILE]\n\n"
                            "  --record FILE  Write each step as JSON, for ./tutorial watch\n",
                            name),
                "the help");
      std::exit(0);
    }
    state_ = std::make_unique<State>(name, argv[2]);
  } catch (const std::exception& error) {
    say(fmt::format("{}: {}\n", name, printable(error.what())));
    std::exit(1);
  }
}

ExampleRecord::~ExampleRecord() = default;

int ExampleRecord::finish(std::ostream& out) noexcept {
  const int status = exit_status_of(out);
  if (state_ == nullptr) return status;
  try {
    state_->recording.finish();
    return status;
  } catch (const std::exception& error) {
    say(fmt::format("{}: {}\n", state_->name, printable(error.what())));
  } catch (...) {
    say(fmt::format("{}: the record could not be written\n", state_->name));
  }
  return 1;
}

}  // namespace common
