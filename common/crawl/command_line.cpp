#include "common/crawl/command_line.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/crawl/scope.h"
#include "common/crawl/start_url.h"
#include "common/crawl/units.h"
#include "common/process/output.h"

namespace common {
namespace {

constexpr std::size_t most = 1'000'000;

Duration parse_time_limit(const std::string& text) {
  const Duration limit = parse_duration(text);
  if (limit <= Duration::zero()) {
    throw std::invalid_argument(
        fmt::format("'{}' leaves no time at all: write for instance 10s", text));
  }
  return limit;
}

/// "localhost:8080/x" means http://localhost:8080/x. But "http:/x" and "file:/x" name a scheme, and
/// no host that should be looked up.
std::string parse_url(const std::string& text) {
  constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-.";
  const std::size_t end = std::min(text.find_first_not_of(letters), text.size());
  const std::string_view rest = std::string_view(text).substr(end);
  if (rest.starts_with("://")) return start_url(text).text();

  const bool has_port = rest.size() > 1 && rest[1] >= '0' && rest[1] <= '9';
  if (rest.starts_with(":") && !has_port) {
    throw std::invalid_argument(
        fmt::format("'{}' is not a URL: write it like http://host/path or host:8080/path", text));
  }
  return start_url("http://" + text).text();
}

/// "epoll or poll"
std::string selector_names() {
  std::string names;
  for (const Selector::Kind kind : Selector::kinds()) {
    names += (names.empty() ? "" : " or ") + std::string(Selector::name_of(kind));
  }
  return names;
}

std::string parse_file(const std::string& text) {
  if (text.empty()) throw std::invalid_argument("'' is not the name of a file");
  return text;
}

/// Writes --help. Every version of CLI11 breaks its lines in another place; docs/options.md holds
/// ours.
class Help : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode) const override {
    std::string text = app->get_description();
    text += fmt::format("\nUsage: {} [OPTIONS] [URL...]\n\nPositionals:\n", name);
    text += line("URL ...", "Where to start; you may leave out http://");
    text += "\nOptions:\n";
    for (const CLI::Option* option : app->get_options()) {
      const bool flag = option->get_expected_max() == 0;
      const std::string type = flag ? "" : " " + option->get_type_name();
      text += line(option->get_name() + type, option->get_description());
    }
    return text + "\n" + app->get_footer();
  }

 private:
  static std::string line(const std::string& what, const std::string& meaning) {
    return fmt::format("  {:<24}{}\n", what, meaning);
  }
};

/// The words of the command line before they are understood: a name for each option and what was
/// written after it. CLI11 finds them; what they mean is read by the functions above, whose
/// messages say what would be right.
class Words {
 public:
  explicit Words(const CrawlerProgram& program);

  /// False if --help was asked for, and printed.
  bool parse(int argc, char** argv);

  bool has(const std::string& name) const { return app_.count(name) > 0; }

  const std::vector<std::string>& urls() const { return urls_; }

  /// What was written after an option, each time that it was given.
  std::vector<std::string> values(const std::string& name) const {
    return app_.get_option(name)->results();
  }

  /// Sets `target` to what `parse` makes of the option's value, if it was given.
  template <typename T, typename Parse>
  void read(const std::string& name, T& target, Parse parse) const {
    for (const std::string& text : values(name)) {
      try {
        target = parse(text);
      } catch (const std::invalid_argument& error) {
        throw UsageError(name + ": " + error.what());
      }
    }
  }

 private:
  void value(const std::string& name, const std::string& type, const std::string& help) {
    app_.add_option(name, help)
        ->type_name(type)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  }

  void flag(const std::string& name, const std::string& help) {
    app_.add_flag(name, help);
    flags_.push_back(name);
  }

  CLI::App app_;
  std::vector<std::string> flags_;
  std::vector<std::string> urls_;
};

Words::Words(const CrawlerProgram& program)
    : app_(program.summary + "\nWithout a URL it crawls a practice site inside this program.\n",
           program.name) {
  value("--concurrency", "N", "Most pages in flight at the same time [10]");
  flag("--follow", "Follow links on the same host, breadth first");
  app_.add_option("--exclude", "Do not follow links that match; may be repeated")
      ->type_name("REGEX")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  value("--max-pages", "N", "Most pages to try [10000]");
  value("--max-redirects", "N", "Most redirects to follow in a row [10]");
  value("--max-tries", "N", "Most tries for each page [4]");
  value("--max-body", "SIZE", "Most bytes to read of a page [16MiB]");
  value("--timeout", "TIME", "Time limit of each try, up to its last byte [30s]");
  value("--connect-timeout", "TIME", "Time limit of its connect [10s]");
  value("--selector", "KIND",
        selector_names() + (program.has_selector ? ": the call to wait with [the best there is]"
                                                 : ": no effect here, where nothing selects"));
  if (!program.variants.empty()) {
    value("--variant", "NAME",
          fmt::format("{} [{}]", fmt::join(program.variants, ", "), program.variants.front()));
  }
  value("--delay", "TIME", "How long the practice site takes to answer [100ms]");
  value("--pages", "N", "Pages on the practice site [10]");
  flag("--json", "Print the report as JSON");
  value("--timeline", "FILE", "Write a timeline of all pages, for ui.perfetto.dev");
  flag("--verbose", "Say where in the crawler each error came from");
  value("--trace", "[=N]", "Print the control flow of the first attempt, or of N");
  value("--record", "FILE", "Write each step as JSON, for ./tutorial watch");
  flag("--debug", "Stage 5: report steps of a task that took over 100 ms");
  flag("--quiet", "Print only failed pages and totals, and no progress");
  app_.set_help_flag("--help", "Print this and exit");
  // URLs are the words that CLI11 doesn't recognise. If they were an option, newer versions would
  // read [::1] as a list.
  app_.allow_extras();
  app_.formatter(std::make_shared<Help>());
  app_.footer(
      "Times have a unit (100ms, 2s, 1m), and so have sizes (64KiB, 1MiB).\n"
      "Exit status: 0 all pages fetched, 1 some failed, 2 usage, 130 interrupted.\n");
}

bool Words::parse(int argc, char** argv) {
  try {
    std::vector<std::string> words;  // which CLI11 takes from the back
    for (int i = argc - 1; i > 0; --i) words.push_back(argv[i]);
    // Only this option's value may be left out. A word after it is a URL, not its value.
    std::replace(words.begin(), words.end(), std::string("--trace"), std::string("--trace=1"));
    app_.parse(std::move(words));
  } catch (const CLI::CallForHelp&) {
    write_out(app_.help(), "the help");
    return false;
  } catch (const CLI::ArgumentMismatch& error) {
    const std::string text = error.what();
    throw UsageError(text.substr(0, text.find(':')) + " needs a value after it");
  } catch (const CLI::ParseError& error) {
    throw UsageError(error.what());
  }
  for (const std::string& name : flags_) {
    const std::vector<std::string> given = values(name);
    if (std::any_of(given.begin(), given.end(), [](const auto& text) { return text != "true"; })) {
      throw UsageError(name + " takes no value");
    }
  }
  for (const std::string& word : app_.remaining()) {
    if (word == "--") continue;  // what follows are URLs
    if (word.starts_with("-")) throw UsageError(fmt::format("'{}' is not an option", word));
    urls_.push_back(word);
  }
  return true;
}

}  // namespace

std::optional<CommandLine> read_command_line(int argc, char** argv, const CrawlerProgram& program) {
  Words words(program);
  if (!words.parse(argc, argv)) return std::nullopt;

  CommandLine line;
  CrawlJob& job = line.job;
  const auto at_least = [](std::size_t least) {
    return [least](const std::string& text) { return parse_count(text, least, most); };
  };
  for (const std::string& text : words.urls()) {
    try {
      job.urls.push_back(parse_url(text));
    } catch (const std::invalid_argument& error) {
      throw UsageError(error.what());
    }
  }
  words.read("--concurrency", job.concurrency, at_least(1));
  Scope scope{{}};
  words.read("--exclude", scope, [](const std::string& text) { return Scope{{text}}; });
  job.exclude = words.values("--exclude");
  words.read("--max-pages", job.max_pages, at_least(1));
  words.read("--max-redirects", job.max_redirects, at_least(0));
  words.read("--max-tries", job.max_tries, at_least(1));
  words.read("--max-body", job.max_body, parse_size);
  words.read("--timeout", job.timeout, parse_time_limit);
  words.read("--connect-timeout", job.connect_timeout, parse_time_limit);
  words.read("--selector", job.selector, [](const std::string& text) {
    for (const Selector::Kind kind : Selector::kinds()) {
      if (text == Selector::name_of(kind)) return kind;
    }
    const bool known = text == Selector::name_of(Selector::Kind::epoll);
    throw std::invalid_argument(
        fmt::format("'{}' is {}: write {}", text,
                    known ? "not available on this system" : "not a selector", selector_names()));
  });
  if (!program.variants.empty()) {
    job.variant = program.variants.front();
    words.read("--variant", job.variant, [&](const std::string& text) {
      const auto& known = program.variants;
      if (std::find(known.begin(), known.end(), text) != known.end()) return text;
      throw std::invalid_argument(
          fmt::format("'{}' is not a variant: write {}", text, fmt::join(known, ", ")));
    });
  }
  words.read("--delay", line.site.delay, parse_duration);
  words.read("--pages", line.site.pages, at_least(1));
  for (const char* option : {"--delay", "--pages"}) {
    if (!job.urls.empty() && words.has(option)) {
      throw UsageError(
          fmt::format("{} is for the practice site, which is crawled when no URL is given: leave "
                      "one of them out",
                      option));
    }
  }
  words.read("--timeline", line.timeline, parse_file);
  words.read("--record", line.record, parse_file);
  if (!line.record.empty() && (job.variant == "threads" || job.variant == "processes")) {
    throw UsageError("--record follows one thread of one process, so it can't follow --variant " +
                     job.variant);
  }
  words.read("--trace", job.trace, at_least(0));
  job.follow = words.has("--follow");
  job.verbose = words.has("--verbose");
  job.debug = words.has("--debug");
  line.json = words.has("--json");
  line.quiet = words.has("--quiet");
  return line;
}

}  // namespace common
