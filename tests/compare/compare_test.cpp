// The program, run on small fake crawlers and, once, on the five real ones.
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>

#include "common/compare/crawler_run.h"
#include "common/site/child_process.h"

namespace common {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

/// A crawler that fetches nothing: each page took it a millisecond, the whole 100 ms, one after
/// another 1000 ms, and it had as many in flight as it was allowed.
constexpr const char* honest = R"(#!/bin/sh
elapsed=100 fetched=0 pages=
for word in "$@"; do
  case $previous in
    --concurrency) concurrency=$word ;;
    --variant) case $word in sequential|busy) elapsed=1000 ;; esac ;;
  esac
  previous=$word
  case $word in
    http://127.0.0.1:*)
      pages="$pages${pages:+,}{\"url\":\"$word\",\"connecting_ms\":$fetched,\"sent_ms\":null,
              \"first_byte_ms\":$fetched.5,\"done_ms\":$((fetched + 1))}"
      fetched=$((fetched + 1)) ;;
  esac
done
echo "{\"elapsed_ms\":$elapsed,\"fetched\":$fetched,\"most_in_flight\":$concurrency,\"pages\":[$pages]}"
)";

/// A listing of the article's that fetches nothing either. Page n is under way from n ms on, for 5
/// ms.
constexpr const char* honest_listing = R"(
import json, sys
told = dict(zip(sys.argv[2::2], sys.argv[3::2]))
for n in range(int(told["--pages"])):
    print(json.dumps({"url": f"/{n or ''}", "connecting_ms": n, "done_ms": n + 5}))
slow = told.get("--variant") in ("sequential", "busy")
print(json.dumps({"elapsed_ms": 1000 if slow else 100}))
)";

/// A build folder with a fake in the place of each crawler.
class Compare : public testing::Test {
 protected:
  Compare() {
    std::string name = std::filesystem::temp_directory_path() / "compare_test_XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    bin_ = name;
    for (const Crawler& crawler : all_crawlers()) put(crawler, honest);
    for (const Crawler& listing : all_listings()) put(listing, honest_listing);
  }
  ~Compare() override { std::filesystem::remove_all(bin_); }

  void put(const Crawler& crawler, const std::string& script) {
    const std::filesystem::path program = bin_ / crawler.path();
    std::filesystem::create_directories(program.parent_path());
    std::ofstream(program) << script;
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  }

  struct Ended {
    int status;
    std::string output;  // with what it wrote to standard error
  };
  /// Runs the program in a shell, with `options` as they are typed.
  static Ended compare(const std::string& options) {
    const std::string program = find_program("common/compare/compare");
    ChildProcess shell("/bin/sh", {"-c", "exec '" + program + "' " + options + " 2>&1"});
    std::string output = shell.read_output();
    const int status = shell.wait().status;
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, std::move(output)};
  }
  Ended compare_fakes(const std::string& options = "") const {
    return compare("--bin '" + bin_.string() + "' " + options);
  }

  /// In the place of the third stage, a crawler that does something else.
  Ended compare_with(const std::string& script) {
    put(third_, script);
    return compare_fakes();
  }

  /// Runs the program and reads what it prints.
  boost::json::value json_of_fakes(const std::string& options) const {
    const auto [status, output] = compare_fakes("--json " + options);
    EXPECT_EQ(status, 0) << output;
    return status == 0 ? boost::json::parse(output) : boost::json::value();
  }

  Programs programs() const { return {.bin = bin_, .python = find_python()}; }

  std::filesystem::path bin_;
  const Crawler third_ = all_crawlers()[5];
};

TEST_F(Compare, OutputFitsEightyColumns) {
  const auto [status, output] = compare_fakes();
  EXPECT_EQ(status, 0) << output;
  for (const Crawler& crawler : all_crawlers()) {
    EXPECT_THAT(output, HasSubstr("\n" + std::string(crawler.name) + "\n    / "));
  }
  EXPECT_THAT(output, HasSubstr("1 busy               "
                                "   1000 ms     1.0 x"));
  EXPECT_THAT(output, HasSubstr("2 callbacks          "
                                "    100 ms    10.0 x"));
  EXPECT_THAT(output, HasSubstr("2 callbacks          "
                                "    100 ms    1000 x"));
  EXPECT_THAT(output, HasSubstr("\nLeft out: 1 blocking, 1 busy. One page at a time would take "));
  EXPECT_THAT(output, HasSubstr("1 processes ran with 50 in flight"));
  EXPECT_THAT(output, Not(HasSubstr("\x1b")));

  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    const auto columns = std::ranges::count_if(line, [](char c) { return (c & 0xC0) != 0x80; });
    EXPECT_LE(columns, 80) << line;
  }
}

TEST_F(Compare, PrintsTheSameFiguresAsJson) {
  const auto [status, output] = compare_fakes("--json");
  ASSERT_EQ(status, 0) << output;
  const auto value = boost::json::parse(output);
  const auto& crawls = value.at("crawls").as_array();
  ASSERT_EQ(crawls.size(), 2u);

  const auto& ten = crawls[0];
  EXPECT_EQ(ten.at("runs").as_array().size(), all_crawlers().size());
  const auto& callbacks = ten.at("runs").at(4);
  EXPECT_EQ(callbacks.at("name").as_string(), "2 callbacks");
  EXPECT_EQ(callbacks.at("elapsed_ms").to_number<double>(), 100);
  EXPECT_EQ(callbacks.at("times_faster").to_number<double>(), 10);
  EXPECT_EQ(callbacks.at("most_in_flight").to_number<int>(), 10);
  EXPECT_GT(callbacks.at("processor_ms").to_number<double>(), 0);
  EXPECT_GT(callbacks.at("peak_memory_bytes").to_number<int>(), 100'000);
  ASSERT_EQ(callbacks.at("pages").as_array().size(), 10u);
  EXPECT_EQ(callbacks.at("pages").at(9).at("path").as_string(), "/9");
  EXPECT_EQ(callbacks.at("pages").at(9).at("sent_ms").to_number<double>(), 9);
  EXPECT_EQ(callbacks.at("pages").at(9).at("done_ms").to_number<double>(), 10);

  const auto& thousand = crawls[1];
  EXPECT_EQ(thousand.at("blocking_ms").to_number<double>(), 100'000);
  EXPECT_TRUE(thousand.at("blocking_is_estimate").as_bool());
  EXPECT_EQ(thousand.at("left_out").as_array().size(), 2u);
  ASSERT_EQ(thousand.at("runs").as_array().size(), all_crawlers().size() - 2);
  EXPECT_EQ(thousand.at("runs").at(0).at("most_in_flight").to_number<int>(), 50);
  EXPECT_EQ(thousand.at("runs").at(1).at("most_in_flight").to_number<int>(), 200);
}

TEST_F(Compare, SaysWhichProgramIsMissingBeforeItRunsAny) {
  std::filesystem::remove(bin_ / third_.path());
  const auto [status, output] = compare_fakes();
  EXPECT_EQ(status, 1);
  EXPECT_EQ(output, "compare: there is no program " + (bin_ / third_.path()).string() +
                        "; build it first\n");
}

TEST_F(Compare, SaysWhichProgramFailed) {
  const auto [status, output] = compare_with("#!/bin/sh\nexit 3\n");
  EXPECT_EQ(status, 1);
  EXPECT_THAT(output, EndsWith("\ncompare: " + (bin_ / third_.path()).string() +
                               " ended with exit status 3\n"));
}

TEST_F(Compare, SaysWhichProgramCrashed) {
  const auto [status, output] = compare_with("#!/bin/sh\nkill -SEGV $$\n");
  EXPECT_EQ(status, 1);
  EXPECT_THAT(output, EndsWith(third_.path().string() + " was ended by signal 11\n"));
}

TEST_F(Compare, NamesTheCrawlerWithAnInvalidReport) {
  for (const char* text :
       {"Segmentation fault", "{\"elapsed_ms\":", "[]", "{\"fetched\":10}", ""}) {
    const auto [status, output] = compare_with(std::string("#!/bin/sh\necho '") + text + "'\n");
    EXPECT_EQ(status, 1);
    EXPECT_THAT(output, HasSubstr("\ncompare: the report of " + (bin_ / third_.path()).string() +
                                  " is not as expected: "));
  }
}

TEST_F(Compare, NamesTheCrawlerThatMissedPages) {
  const auto [status, output] = compare_with(
      "#!/bin/sh\necho '{\"elapsed_ms\":100,\"fetched\":9,\"most_in_flight\":9,\"pages\":[]}'\n");
  EXPECT_EQ(status, 1);
  EXPECT_THAT(output,
              AllOf(HasSubstr(third_.path().string()), EndsWith("9 of 10 pages fetched\n")));
}

TEST_F(Compare, RunsTheArticlesListingsToo) {
  const auto value = json_of_fakes("--python");
  const auto& runs = value.at("crawls").at(0).at("runs").as_array();
  const bool has_aiohttp = find_python().has_aiohttp;
  ASSERT_EQ(runs.size(), all_crawlers().size() + all_listings().size() - (has_aiohttp ? 0 : 1));
  const auto& callbacks = runs.at(all_crawlers().size() + 4);
  EXPECT_EQ(callbacks.at("name").as_string(), "2 callbacks.py");
  EXPECT_TRUE(callbacks.at("python").as_bool());
  EXPECT_FALSE(runs.at(4).at("python").as_bool());
  EXPECT_EQ(callbacks.at("times_faster").to_number<double>(), 10);
  EXPECT_EQ(callbacks.at("most_in_flight").to_number<int>(), 5) << "as their times overlap";
  EXPECT_EQ(callbacks.at("pages").at(9).at("path").as_string(), "/9");
  EXPECT_EQ(callbacks.at("pages").at(9).at("first_byte_ms").to_number<double>(), 9);

  const auto [status, output] = compare_fakes("--python");
  EXPECT_EQ(status, 0);
  EXPECT_THAT(output, HasSubstr("\n1 processes.py ran with 50 in flight"));
  EXPECT_THAT(output, HasSubstr("run by Python 3."));
  EXPECT_THAT(output, Not(HasSubstr("\n2 callbacks.py\n"))) << "its lanes are those of stage 2";
}

TEST_F(Compare, SaysWhichListingDidNotFetchAllPages) {
  for (const char* text : {"print('{\"elapsed_ms\": 5}')", "print('Hello')", ""}) {
    put(all_listings()[4], text);
    const auto [status, output] = compare_fakes("--python --json --stages 2");
    EXPECT_EQ(status, 1);
    EXPECT_THAT(output, HasSubstr("the report of " + (bin_ / all_listings()[4].path()).string() +
                                  " is not as expected: "));
  }
}

TEST_F(Compare, RunsTheStagesThatAreAskedForAlone) {
  const auto value = json_of_fakes("--stages 2,5 --python");
  for (const auto& run : value.at("crawls").at(0).at("runs").as_array()) {
    EXPECT_THAT(run.at("name").as_string().front(), testing::AnyOf('2', '5'));
  }
  EXPECT_EQ(value.at("crawls").at(0).at("blocking_ms").to_number<double>(), 1000) << "estimated";
  EXPECT_TRUE(value.at("crawls").at(0).at("blocking_is_estimate").as_bool());
}

TEST_F(Compare, ComparesOnceWithThePagesThatAreAskedFor) {
  const auto value = json_of_fakes("--pages 30 --concurrency 5 --delay 20ms");
  ASSERT_EQ(value.at("crawls").as_array().size(), 1u);
  const auto& crawl = value.at("crawls").at(0);
  EXPECT_EQ(crawl.at("pages").to_number<int>(), 30);
  EXPECT_EQ(crawl.at("in_flight").to_number<int>(), 5);
  EXPECT_EQ(crawl.at("delay_ms").to_number<double>(), 20);
  EXPECT_EQ(crawl.at("runs").at(4).at("concurrency").to_number<int>(), 5);
  EXPECT_EQ(crawl.at("runs").at(4).at("pages").as_array().size(), 30u);

  const auto [status, output] = compare_fakes("--pages 30 --concurrency 5 --delay 20ms");
  EXPECT_EQ(status, 0);
  EXPECT_THAT(output,
              testing::StartsWith("30 pages, each answered after 20 ms, up to 5 in flight.\n"));
  EXPECT_THAT(output, HasSubstr("no crawler can finish in less than 120 ms"));
}

TEST_F(Compare, ShowsMediansOfRepeatedRuns) {
  // 30 ms, then 10, then 20.
  put(third_,
      "#!/bin/sh\nruns=$(cat \"$0.runs\" 2>/dev/null); echo \"$runs.\" >\"$0.runs\"\n"
      "case $runs in '') ms=30 ;; .) ms=10 ;; *) ms=20 ;; esac\n"
      "echo '{\"elapsed_ms\":'$ms',\"fetched\":2,\"most_in_flight\":'$ms',\"pages\":[]}'\n");
  const auto value = json_of_fakes("--repeat 3 --pages 2 --stages 3");
  const auto& run = value.at("crawls").at(0).at("runs").at(0);
  EXPECT_EQ(run.at("elapsed_ms").to_number<double>(), 20);
  EXPECT_EQ(run.at("most_in_flight").to_number<double>(), 20) << "of that run";
  EXPECT_EQ(run.at("elapsed_ms_each"), (boost::json::array{10.0, 20.0, 30.0}));
}

TEST_F(Compare, WritesThePicturesAndTheReport) {
  const std::string svg = bin_ / "timeline.svg";
  const std::string report = bin_ / "report.html";
  const auto [status, output] =
      compare_fakes("--stages 2 --delay 0 --svg '" + svg + "' --report '" + report + "'");
  EXPECT_EQ(status, 0) << output;
  EXPECT_THAT(output, HasSubstr("The report: open " + report));
  EXPECT_GT(std::filesystem::file_size(svg), 1000u);
  EXPECT_GT(std::filesystem::file_size(report), 10'000u);
}

TEST_F(Compare, RunsNothingIfAPictureOrAReportCannotBeWritten) {
  for (const char* option : {"--svg", "--report"}) {
    const auto [status, output] = compare_fakes(std::string(option) + " /nowhere/file");
    EXPECT_EQ(status, 1);
    EXPECT_THAT(output, AllOf(testing::StartsWith("compare: the "),
                              EndsWith(" could not be written to '/nowhere/file': No such file or "
                                       "directory\n")));
  }
}

TEST_F(Compare, WrongOptionsAreExplained) {
  const std::pair<const char*, const char*> cases[] = {
      {"--fast", "--fast"},
      {"--stages 6", "--stages: '6' is not a list of stages: write for instance 1,3,5"},
      {"--stages ,", "--stages: ',' is not a list of stages"},
      {"--stages 12", "--stages: '12' is not a list of stages"},
      {"--stages ''", "--stages: '' is not a list of stages"},
      {"--pages 0", "--pages: '0' is not a whole number from 1 to 10000"},
      {"--pages many", "--pages: 'many' is not a whole number from 1 to 10000"},
      {"--pages 1.5", "--pages: '1.5' is not a whole number from 1 to 10000"},
      {"--concurrency -1", "--concurrency: '-1' is not a whole number from 1 to 10000"},
      {"--concurrency ''", "--concurrency: '' is not a whole number from 1 to 10000"},
      {"--repeat 101", "--repeat: '101' is not a whole number from 1 to 100"},
      {"--delay 5", "--delay: '5' has no unit"},
      {"--delay 2.5ms",
       "--delay: '2.5ms' is not a whole number of milliseconds up to an hour: write"},
      {"--delay 2h", "--delay: '2h' is not a whole number of milliseconds up to an hour: write"},
      {"--python=maybe", "--python"},
      {"--report ''", "--report: '' is not the name of a file"},
      {"--svg ''", "--svg: '' is not the name of a file"},
      {"--svg", "--svg: "},
      {"--benchmarks file", "--benchmarks requires --report"},
  };
  for (const auto& [options, complaint] : cases) {
    const auto [status, output] = compare(options);
    EXPECT_EQ(status, 2) << options;
    EXPECT_THAT(output, AllOf(testing::StartsWith("compare: "), HasSubstr(complaint),
                              EndsWith("\nTry './tutorial compare --help'.\n")));
  }
  EXPECT_EQ(compare("--help").status, 0);
}

TEST_F(Compare, LooksAtTheBenchmarksThatItIsGivenBeforeItRunsAny) {
  const std::string report = bin_ / "report.html";
  const std::string benchmarks = bin_ / "benchmarks.json";
  std::ofstream(report) << "the one of yesterday";
  for (const char* text : {"", "no JSON", "{\"benchmarks\": []}"}) {
    std::ofstream(benchmarks) << text;
    const auto [status, output] =
        compare_fakes("--report '" + report + "' --benchmarks '" + benchmarks + "'");
    EXPECT_EQ(status, 2) << text;
    EXPECT_THAT(output, AllOf(testing::StartsWith("compare: --benchmarks: '" + benchmarks + "': "),
                              HasSubstr("write it with ./tutorial bench ")));
  }
  EXPECT_EQ(std::filesystem::file_size(report), 20u) << "it is as it was";
}

TEST_F(Compare, HasTheBenchmarksMeasureForTheReportIfTheyAreBuilt) {
  const Crawler benchmarks{"", "benchmarks", "", false, "tests/benchmarks"};
  put(benchmarks, R"(#!/bin/sh
echo '{"benchmarks":[{"run_name":"mechanism/resume_at_depth/stage4/10","each":5e-8}]}'
)");
  const std::string report = bin_ / "report.html";
  const auto [status, output] = compare_fakes("--stages 2 --delay 0 --report '" + report + "'");
  EXPECT_EQ(status, 0) << output;
  std::ifstream file(report);
  std::ostringstream page;
  page << file.rdbuf();
  EXPECT_THAT(page.str(), HasSubstr("\"costs_by_depth\":[{\"name\":\"stage4\",\"depth\":10,"));
  EXPECT_THAT(output, HasSubstr("more and more pages in flight: 1 3 10 30 100 300 1,000\n"));
}

TEST_F(Compare, HasAsManyDescriptorsAsTheSystemLetsItHave) {
  put(third_, "#!/bin/sh\nulimit -Sn >\"$0.limits\"; ulimit -Hn >>\"$0.limits\"\n" +
                  std::string(honest + 10));
  const std::string program = find_program("common/compare/compare");
  ChildProcess shell("/bin/sh", {"-c", "ulimit -Sn 64; exec '" + program + "' --bin '" +
                                           bin_.string() + "' --stages 3 --pages 2"});
  shell.read_output();
  EXPECT_EQ(shell.wait().status, 0);
  std::string soft;
  std::string hard;
  std::ifstream((bin_ / third_.path()).string() + ".limits") >> soft >> hard;
  EXPECT_EQ(soft, hard);
  EXPECT_NE(soft, "64");
}

TEST_F(Compare, UnusualOptionsAreExplained) {
  EXPECT_THAT(compare_fakes("--pages 1 --delay 5ms").output,
              testing::StartsWith("One page, answered after 5 ms.\n"));
  const auto [status, output] = compare_fakes("--pages 2000 --concurrency 1500 --delay 1s");
  EXPECT_EQ(status, 0) << output;
  EXPECT_THAT(output, testing::StartsWith("2,000 pages, each answered after 1 s, up to 1,500 in "));
  EXPECT_THAT(output, HasSubstr("blocking would take about 2000 s"));
}

TEST_F(Compare, CountsTheMemoryOfAllProcessesWhereEachPageHasOne) {
  const Crawler processes = all_crawlers()[1];
  ASSERT_TRUE(processes.processes());
  // Each `tail` holds 40 MB until the one that reads from it has slept.
  const std::string hold =
      "head -c 40000000 /dev/zero | tail -c 40000000 | (sleep 1; cat >/dev/null)";
  put(processes, "#!/bin/sh\n" + hold + " &\n" + hold + " &\nwait\n" + std::string(honest + 10));
  const CrawlerRun run = run_crawler({.bin = bin_}, processes, {.port = 1, .count = 1});
  EXPECT_GT(run.peak_memory, 70'000'000u);
}

TEST_F(Compare, PagesAreInTheOrderOfTheirNumbers) {
  const std::string page = R"({"url":"http://127.0.0.1:1/%s","connecting_ms":0,"done_ms":1})";
  put(third_,
      "#!/bin/sh\nprintf '{\"elapsed_ms\":1,\"fetched\":4,\"most_in_flight\":1,\"pages\":[" + page +
          "," + page + "," + page + "," + page + "]}' 10 9 '' 100\n");
  const CrawlerRun run = run_crawler({.bin = bin_}, third_, {.port = 1, .count = 4});
  std::vector<std::string> paths;
  for (const PageTimes& times : run.pages) paths.push_back(times.path);
  EXPECT_THAT(paths, testing::ElementsAre("/", "/9", "/10", "/100"));
}

TEST_F(Compare, KillsAProgramThatDoesNotEnd) {
  put(third_, "#!/bin/sh\necho $$ > \"$0.pid\"\nexec sleep 1000\n");
  EXPECT_THROW(run_crawler({.bin = bin_}, third_, {}, std::chrono::milliseconds(500)),
               std::runtime_error);
  pid_t pid = 0;
  std::ifstream((bin_ / third_.path()).string() + ".pid") >> pid;
  EXPECT_EQ(::kill(pid, 0), -1) << "it still runs";
}

TEST_F(Compare, CountsTheProcessorTimeOfChildProcessesToo) {
  put(third_, "#!/bin/sh\nsh -c 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done'\n" +
                  std::string(honest + 10));
  const CrawlerRun run = run_crawler({.bin = bin_}, third_, {.port = 1, .count = 1});
  EXPECT_GT(run.processor, Milliseconds(30));
}

TEST_F(Compare, FindsAPythonForTheListings) {
  const Python python = find_python();
  EXPECT_TRUE(std::filesystem::exists(python.program)) << python.program;
  EXPECT_THAT(python.version, testing::StartsWith("3."));
}

TEST_F(Compare, FindsTheListingsAndSeesTheirStaircaseBecomeAWallToo) {
  const auto [status, output] = compare("--json --python --pages 10 --stages 1,4");
  ASSERT_EQ(status, 0) << output;
  const auto value = boost::json::parse(output);
  std::size_t listings = 0;
  for (const auto& run : value.at("crawls").at(0).at("runs").as_array()) {
    if (!run.at("python").as_bool()) continue;
    ++listings;
    const auto name = run.at("name").as_string();
    const bool one_at_a_time = name == "1 blocking.py" || name == "1 busy.py";
    EXPECT_EQ(run.at("most_in_flight").to_number<int>(), one_at_a_time ? 1 : 10) << name;
    const double waiting = run.at("pages").at(3).at("first_byte_ms").to_number<double>() -
                           run.at("pages").at(3).at("sent_ms").to_number<double>();
    EXPECT_GT(waiting, 90) << name;
  }
  EXPECT_EQ(listings, 5u);
}

TEST_F(Compare, FindsTheFiveCrawlersAndSeesTheStaircaseBecomeAWall) {
  const auto [status, output] = compare("--json");
  ASSERT_EQ(status, 0) << output;
  const auto value = boost::json::parse(output);
  const auto& runs = value.at("crawls").at(0).at("runs").as_array();
  for (const auto& run : runs) {
    const auto name = run.at("name").as_string();
    const double elapsed = run.at("elapsed_ms").to_number<double>();
    if (name == "1 blocking" || name == "1 busy") {
      EXPECT_EQ(run.at("most_in_flight").to_number<int>(), 1) << name;
      EXPECT_GE(elapsed, 1000) << name;
    } else {
      // 100 ms, or more on a machine that has much else to do.
      EXPECT_EQ(run.at("most_in_flight").to_number<int>(), 10) << name;
      EXPECT_GE(elapsed, 100) << name;
      EXPECT_LT(elapsed, 1000) << name;
    }
  }
}

}  // namespace
}  // namespace common
