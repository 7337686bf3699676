"""Runs ./tutorial in a clone made of stand-ins: no package is installed and nothing is built."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from repository import ROOT, STAGES

# What the script may call besides the stand-ins.
REAL_TOOLS = ("bash", "basename", "cat", "dirname", "env", "grep", "mkdir", "nproc")

# Each appends its name and arguments to the log; the comments say what else it does.
STAND_INS = {
    # Knows the packages listed in the file `installed`.
    "dpkg-query": 'while read -r package; do echo "$package installed"; done <"$SANDBOX/installed"',
    "apt-get": 'echo "apt-get [${DEBIAN_FRONTEND-}] $*" >>"$SANDBOX/log"',
    "sudo": 'exec "$@"',
    # Configures as far as the script can see, and fails to build where the file `broken` is.
    "cmake": 'echo "cmake $*" >>"$SANDBOX/log"\n'
             'build=$SANDBOX/clone/build/release\n'
             'if [[ $1 == --preset ]]; then\n'
             '  : >"$build/build.ninja"\n'
             '  for option in "${@:3}"; do\n'
             '    name=${option:2} && name=${name%%=*}\n'
             '    others=$(grep -v "^$name:" "$build/CMakeCache.txt" 2>/dev/null)\n'
             '    printf "%s\\n" "$others" "$name:BOOL=${option#*=}" >"$build/CMakeCache.txt"\n'
             '  done\n'
             'elif [[ -e $SANDBOX/broken ]]; then\n'
             '  cat "$SANDBOX/broken"\n'
             '  exit 1\n'
             'fi',
    "ctest": 'echo "ctest $*" >>"$SANDBOX/log"',
    # Finds a broken link where the file `broken` is.
    "mkdocs": 'echo "mkdocs $*" >>"$SANDBOX/log"\n'
              '[[ ! -e $SANDBOX/broken ]] || { cat "$SANDBOX/broken"; exit 1; }',
    "c++": "", "ninja": "", "pkg-config": "", "ctags": "",
}

TO_BUILD = ("g++ cmake ninja-build pkg-config libboost1.81-dev libboost-url1.81-dev "
            "libboost-json1.81-dev libgumbo-dev libcli11-dev libfmt-dev").split()
TO_TEST = "libgtest-dev libgmock-dev libbenchmark-dev ccache python3 python3-aiohttp universal-ctags".split()
FOR_DOCS = ["mkdocs-material", "universal-ctags"]


class Tutorial(unittest.TestCase):
    def setUp(self):
        self.sandbox = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.sandbox)
        self.clone = self.sandbox / "clone"
        self.clone.mkdir()
        (self.sandbox / "bin").mkdir()
        (self.sandbox / "log").touch()
        for tool in REAL_TOOLS:
            (self.sandbox / "bin" / tool).symlink_to(shutil.which(tool))
        for name, body in STAND_INS.items():
            self.program(self.sandbox / "bin" / name, body)
        for stage in STAGES:
            (self.clone / stage).mkdir()
        script = (ROOT / "tutorial").read_text()
        self.assertIn("/etc/os-release", script)
        self.program(self.clone / "tutorial",
                     script.replace("/etc/os-release", str(self.sandbox / "os-release")))
        self.system("ID=debian\nVERSION_ID=12\n")
        self.install(*TO_BUILD, *TO_TEST)

    def program(self, path, body):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(body if body.startswith("#!") else f"#!/usr/bin/env bash\n{body}\n")
        path.chmod(0o755)

    def system(self, os_release):
        (self.sandbox / "os-release").write_text(os_release)

    def install(self, *packages):
        (self.sandbox / "installed").write_text("".join(f"{package}\n" for package in packages))

    def run_tutorial(self, *arguments):
        """Runs it from the sandbox; its exit status, output and messages."""
        done = subprocess.run(
            [self.clone / "tutorial", *arguments], cwd=self.sandbox, text=True, capture_output=True,
            stdin=subprocess.DEVNULL, timeout=60,
            env={"PATH": str(self.sandbox / "bin"), "SANDBOX": str(self.sandbox)})
        return done.returncode, done.stdout, done.stderr

    def called(self, program):
        """The calls of one stand-in so far, as it was called."""
        lines = (self.sandbox / "log").read_text().splitlines()
        return [line for line in lines if line.startswith(program + " ")]

    def test_help_is_the_usage_on_stdout(self):
        for word in ("help", "--help", "-h"):
            status, out, err = self.run_tutorial(word)
            self.assertEqual((status, err), (0, ""))
            self.assertTrue(out.startswith("usage: ./tutorial"))
            for known in ("compare", "test", "stage N", "exercise N", "site", "bench", "docs [--serve]", "help",
                          "--no-install"):
                self.assertIn(known, out)

    def test_wrong_words_are_named_with_the_usage_on_stderr(self):
        for arguments, sentence in ((["fetch"], "unknown word: fetch"), ([], "which word?"),
                                    (["--frob", "test"], "unknown word: --frob"),
                                    (["stage"], "1 to 5"), (["stage", "6"], "1 to 5"),
                                    (["stage", "12"], "1 to 5"), (["exercise"], "a number"),
                                    (["exercise", "first"], "a number"), (["--no-install"], "which word?"),
                                    (["docs", "--frob"], "one option, --serve"),
                                    (["docs", "--serve", "x"], "one option, --serve")):
            status, out, err = self.run_tutorial(*arguments)
            self.assertEqual((status, out), (2, ""), arguments)
            self.assertIn(sentence, err)
            self.assertIn("usage: ./tutorial", err)
        self.assertEqual((self.sandbox / "log").read_text(), "")

    def test_no_install_names_what_is_missing_and_does_nothing(self):
        self.install("g++", "cmake", "ninja-build")
        status, out, err = self.run_tutorial("--no-install", "compare")
        self.assertEqual((status, out), (1, ""))
        self.assertEqual(err.split("missing: ")[1].split(), TO_BUILD[3:])
        self.assertEqual((self.sandbox / "log").read_text(), "")

    def test_no_install_goes_on_when_nothing_is_missing(self):
        status, _, _ = self.run_tutorial("--no-install", "test")
        self.assertEqual(status, 0)
        self.assertEqual(self.called("apt-get"), [])
        self.assertEqual(len(self.called("ctest")), 1)

    def test_only_what_is_missing_is_installed_and_only_then_the_lists_are_fetched(self):
        self.install(*(set(TO_BUILD) - {"g++", "libfmt-dev"}))
        status, _, err = self.run_tutorial("test")
        self.assertEqual(status, 0, err)
        update, install = self.called("apt-get")
        self.assertIn("[noninteractive]", update)
        self.assertEqual(update.split()[-1], "update")
        self.assertIn("[noninteractive] -y", install)
        self.assertIn(" install --no-remove ", install)
        packages = install.split("recommends ")[1].split()
        self.assertEqual(packages, ["g++", "libfmt-dev", *TO_TEST])
        self.assertIn(" ".join(packages), err)

    def test_what_only_tests_need_is_not_needed_to_run(self):
        self.install(*TO_BUILD)
        self.program(self.clone / "build/release/common/compare/compare", "")
        self.assertEqual(self.run_tutorial("compare")[0], 0)
        self.assertEqual(self.called("apt-get"), [])
        self.assertIn("-DTUTORIAL_TESTS=OFF", self.called("cmake")[0])

    def test_the_articles_listings_need_a_python_to_be_compared(self):
        self.install(*TO_BUILD)
        self.program(self.clone / "build/release/common/compare/compare", "")
        self.assertEqual(self.run_tutorial("compare", "--python", "--json")[0], 0)
        self.assertTrue(self.called("apt-get")[1].endswith("recommends python3 python3-aiohttp"))

    def test_a_report_has_a_picture_of_the_benchmarks_which_are_built_for_it(self):
        self.install(*TO_BUILD)
        self.program(self.clone / "build/release/common/compare/compare", "")
        for options in (["--report", "page.html"], ["--stages", "5", "--report=page.html"]):
            self.assertEqual(self.run_tutorial("compare", *options)[0], 0)
            self.assertTrue(self.called("apt-get")[1].endswith("recommends libbenchmark-dev"))
            self.assertTrue(self.called("cmake --build")[-1].endswith("--target compare benchmarks"))
        self.assertIn("TUTORIAL_BENCHMARKS:BOOL=ON", self.cache())
        self.assertIn("TUTORIAL_TESTS:BOOL=OFF", self.cache())

    def cache(self):
        return (self.clone / "build/release/CMakeCache.txt").read_text().splitlines()

    def test_docs_builds_the_site_and_says_where_it_is(self):
        self.install(*FOR_DOCS)
        status, out, err = self.run_tutorial("docs")
        self.assertEqual((status, err), (0, ""))
        self.assertEqual(self.called("mkdocs"),
                         [f"mkdocs build --strict --config-file {self.clone}/docs/site/mkdocs.yml"])
        for page in ("index.html", "docs/zh/index.html"):
            self.assertIn(f"file://{self.clone}/build/docs-site/{page}\n", out)
        self.assertEqual(self.called("cmake") + self.called("apt-get"), [])

    def test_docs_serve_follows_changes_and_is_reached_from_this_machine_alone(self):
        self.install(*FOR_DOCS)
        self.assertEqual(self.run_tutorial("docs", "--serve")[0], 0)
        self.assertIn("mkdocs serve", self.called("mkdocs")[0])
        self.assertTrue(self.called("mkdocs")[0].endswith(" --dev-addr 127.0.0.1:8000"))

    def test_docs_needs_a_generator_and_nothing_of_the_build(self):
        self.install()
        self.assertEqual(self.run_tutorial("docs")[0], 0)
        self.assertTrue(self.called("apt-get")[1].endswith("recommends " + " ".join(FOR_DOCS)))
        self.system("ID=fedora\n")
        for program in ("mkdocs", "ctags"):
            (self.sandbox / "bin" / program).unlink()
            status, _, err = self.run_tutorial("docs")
            self.assertEqual(status, 1)
            self.assertIn("MkDocs", err)
            self.program(self.sandbox / "bin" / program, "")

    def test_a_link_that_leads_nowhere_fails_docs_and_is_shown(self):
        self.install(*FOR_DOCS)
        (self.sandbox / "broken").write_text("a link to 'nowhere.md'\n")
        status, out, err = self.run_tutorial("docs")
        self.assertEqual((status, out), (1, ""))
        self.assertIn("nowhere.md", err)

    def test_a_boost_that_is_in_the_way_is_explained_and_left_alone(self):
        self.install(*(set(TO_BUILD) - {"libboost1.81-dev"}), "libboost1.74-dev")
        status, _, err = self.run_tutorial("stage", "1")
        self.assertEqual(status, 1)
        self.assertIn("apt-get remove libboost1.74-dev", err)
        self.assertEqual(self.called("apt-get"), [])

    def test_elsewhere_it_says_what_to_install_and_goes_on(self):
        self.install()
        for os_release in ("ID=fedora\nVERSION_ID=42\n", "ID=debian\n", ""):
            self.system(os_release)
            shutil.rmtree(self.clone / "build", ignore_errors=True)
            status, _, err = self.run_tutorial("test")
            self.assertEqual(status, 0, err)
            for needed in ("C++20", "CMake >= 3.25", "Ninja", "Boost >= 1.81", "gumbo", "CLI11",
                           "fmt", "GoogleTest", "Google Benchmark", "pkg-config"):
                self.assertIn(needed, err)
        self.assertEqual(self.called("apt-get"), [])
        (self.sandbox / "bin/ninja").unlink()
        status, _, err = self.run_tutorial("test")
        self.assertEqual(status, 1)
        self.assertIn("missing: ninja\n", err)

    def test_a_program_gets_its_options_the_callers_directory_and_the_last_word(self):
        self.program(self.clone / "build/release/stage3_future_task/stage3_future_task",
                     'echo "$PWD|$*"; exit 130')
        status, out, _ = self.run_tutorial("stage", "3", "--delay", "2s", "http://a/ b")
        self.assertEqual((status, out), (130, f"{self.sandbox}|--delay 2s http://a/ b\n"))
        self.assertIn("--target stage3_future_task", self.called("cmake")[-1])

    def test_an_exercise_is_built_as_the_reader_left_it_and_run(self):
        status, _, err = self.run_tutorial("exercise", "8")
        self.assertEqual(status, 1)
        self.assertIn("nothing to build", err)
        (self.clone / "docs/exercises/08_wait_first/start").mkdir(parents=True)
        self.program(self.clone / "build/release/docs/exercises/exercise_08_start", 'echo "$*"; exit 1')
        status, out, _ = self.run_tutorial("exercise", "8", "--gtest_filter=A.*")
        self.assertEqual((status, out), (1, "--gtest_filter=A.*\n"))
        self.assertIn("--target exercise_08_start", self.called("cmake")[-1])

    def test_options_of_test_go_to_ctest(self):
        self.run_tutorial("test", "-L", "stage3")
        self.assertTrue(self.called("ctest")[0].endswith(" -L stage3"))

    def test_a_build_with_tests_keeps_them_and_one_without_is_given_them(self):
        self.program(self.clone / "build/release/common/practice_site", "")
        self.program(self.clone / "build/release/tests/benchmarks/benchmarks", "")
        for word, configured in (("site", 1), ("site", 1), ("bench", 2), ("site", 2), ("bench", 2), ("test", 3),
                                 ("site", 3), ("bench", 3), ("test", 3)):
            self.assertEqual(self.run_tutorial(word)[0], 0)
            self.assertEqual(len(self.called("cmake --preset")), configured, word)
        self.assertIn("TUTORIAL_BENCHMARKS:BOOL=ON", self.cache())
        self.assertIn("TUTORIAL_TESTS:BOOL=ON", self.cache())

    def test_a_failed_build_shows_its_log_and_runs_nothing(self):
        (self.sandbox / "broken").write_text("crawler.cpp:1: error: no\n")
        status, out, err = self.run_tutorial("test")
        self.assertEqual((status, out), (1, ""))
        self.assertIn("crawler.cpp:1: error: no", err)
        self.assertEqual(self.called("ctest"), [])


if __name__ == "__main__":
    unittest.main()
