// The practice site as a program: practice_site --port 8080 --pages 1000 --delay 100ms
#include <fmt/core.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

#include "common/net/descriptor_limit.h"
#include "common/process/output.h"
#include "common/process/printable.h"
#include "common/process/process.h"
#include "common/site/practice_site.h"
#include "common/site/site_content.h"

namespace {

/// For CLI11: changes "100ms" or "2s" into a number. Returns what is wrong with it, or nothing.
std::string delay_to_milliseconds(std::string& text) {
  constexpr std::uint32_t longest = 3600;
  std::uint32_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  const std::string_view unit(rest, end - rest);
  const bool seconds = unit == "s" && number <= longest;
  const bool milliseconds = (unit == "ms" || text == "0") && number <= longest * 1000;
  if (error != std::errc() || !(seconds || milliseconds)) {
    return fmt::format("'{}' is not a delay: write 100ms or 2s, or anything up to {}s", text,
                       longest);
  }
  text = std::to_string(seconds ? number * 1000 : number);
  return {};
}

void run(int argc, char** argv) {
  common::SiteOptions options;
  std::int64_t delay_ms = options.delay / std::chrono::milliseconds(1);
  bool exit_with_parent = false;

  CLI::App app("A web site to practise on: pages that take their time, and answers that go wrong.");
  app.add_option("--port", options.port, "Port of 127.0.0.1; 0 takes a free one")
      ->check(CLI::Range(0, 65535))
      ->option_text("PORT [0]");
  app.add_option("--pages", options.pages, "How many pages: /, /1, /2 …")
      ->check(CLI::Range(1, 1'000'000))
      ->option_text("N [10]");
  app.add_option("--delay", delay_ms, "Time before each answer, such as 100ms (the default) or 2s")
      ->transform(CLI::Validator(delay_to_milliseconds, ""))
      ->option_text("TIME");
  app.add_flag("--exit-with-parent", exit_with_parent,
               "End when standard input ends: for a parent that holds a pipe to it");
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    common::write_out(app.help(), "the help");
    return;
  }
  options.delay = std::chrono::milliseconds(delay_ms);

  common::raise_descriptor_limit();
  common::PracticeSite::run(
      options,
      [&](std::uint16_t port) {
        common::write_out(
            fmt::format("practice site: http://127.0.0.1:{}/ ({}, each answered after {}; Ctrl-C "
                        "ends it)\n",
                        port,
                        options.pages == 1 ? "one page" : fmt::format("{} pages", options.pages),
                        common::duration_text(options.delay)),
            "its address");
      },
      exit_with_parent ? std::optional(STDIN_FILENO) : std::nullopt);
}

}  // namespace

int main(int argc, char** argv) {
  common::prepare_process();
  const auto complain = [](const std::exception& error) {
    common::say(fmt::format("practice_site: {}\n", common::printable(error.what())));
  };
  try {
    run(argc, argv);
  } catch (const CLI::ParseError& error) {
    complain(error);
    common::say("Try 'practice_site --help'.\n");
    return 2;
  } catch (const std::exception& error) {
    complain(error);
    return 1;
  }
  return 0;
}
