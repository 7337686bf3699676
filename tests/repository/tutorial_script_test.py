"""Runs ./tutorial in a clone made of stand-ins: no package is installed and nothing is built."""

import json
import os
import pathlib
import pty
import shutil
import subprocess
import sys
import tempfile
import unittest

from repository import ROOT, STAGES

# What the script may call besides the stand-ins.
REAL_TOOLS = ("bash", "basename", "cat", "dirname", "env", "getconf", "grep", "mkdir", "mktemp", "rm")

# Each appends its name and arguments to the log; the comments say what else it does.
STAND_INS = {
    # Knows the packages listed in the file `installed`, each with its version.
    "dpkg-query": 'while read -r package version; do\n'
                  '  for pattern in "${@:3}"; do\n'
                  '    [[ $package != $pattern ]] || { echo "$package $version installed"; break; }\n'
                  '  done\n'
                  'done <"$SANDBOX/installed"',
    # Knows those in the file `offered`, if the lists have been fetched.
    "apt-cache": '[[ -e $SANDBOX/fetched ]] || exit 0\n'
                 'while read -r package version; do\n'
                 '  case $1 in\n'
                 '    pkgnames) [[ $package != $2* ]] || echo "$package" ;;\n'
                 '    policy) [[ " $* " != *" $package "* ]] || printf "%s:\\n  Installed: (none)\\n'
                 '  Candidate: %s\\n  Version table:\\n     %s 500\\n        500 http://mirror main\\n" '
                 '"$package" "$version" "$version" ;;\n'
                 '  esac\n'
                 'done <"$SANDBOX/offered"',
    # Fetches the lists unless there is no network, and fails to install where the file `broken` is.
    "apt-get": 'echo "apt-get [${DEBIAN_FRONTEND-}] $*" >>"$SANDBOX/log"\n'
               'case " $* " in\n'
               '  *" update "*) [[ -e $SANDBOX/offline ]] || : >"$SANDBOX/fetched" ;;\n'
               '  *" --assume-no "*) printf "Need to get 93 MB of archives.\\nAfter this operation, 412 MB of '
               'additional disk space will be used.\\nAbort.\\n"; exit 1 ;;\n'
               '  *) [[ ! -e $SANDBOX/broken ]] || { cat "$SANDBOX/broken"; exit 100; } ;;\n'
               'esac',
    "dpkg": 'echo "dpkg $*" >>"$SANDBOX/log"',
    "uname": 'cat "$SANDBOX/kernel"',
    "df": 'printf "Filesystem 1M-blocks Used Available Capacity Mounted on\\n/dev/sda 9000 10 %s 1%% /\\n" '
          '"$(cat "$SANDBOX/free")"',
    "sudo": 'exec "$@"',
    # Configures as far as the script can see, and fails to build where the file `broken` is.
    "cmake": 'echo "cmake $*" >>"$SANDBOX/log"\n'
             'build=$CLONE/build/release\n'
             '[[ $1 != --preset ]] || build=$CLONE/build/$2\n'
             'if [[ $1 == --preset ]]; then\n'
             '  [[ ! -e $SANDBOX/unconfigurable ]] || { cat "$SANDBOX/unconfigurable"; exit 1; }\n'
             '  : >"$build/build.ninja"\n'
             '  echo "CMAKE_HOME_DIRECTORY:INTERNAL=$CLONE" >>"$build/CMakeCache.txt"\n'
             '  for option in "${@:3}"; do\n'
             '    name=${option:2} && name=${name%%=*}\n'
             '    others=$(grep -v "^$name:" "$build/CMakeCache.txt" 2>/dev/null)\n'
             '    printf "%s\\n" "$others" "$name:BOOL=${option#*=}" >"$build/CMakeCache.txt"\n'
             '  done\n'
             'else\n'
             '  echo "[7/9] Building crawler.cpp.o"\n'
             'fi\n'
             'if [[ $1 == --preset ]]; then\n'
             '  :\n'
             'elif [[ -e $SANDBOX/interrupted ]]; then\n'
             '  kill -INT "$PPID"\n'
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

DEBIAN_12_BOOST = ["libboost1.81-dev", "libboost-url1.81-dev", "libboost-json1.81-dev"]
BOOST = ["libboost-dev", "libboost-url-dev", "libboost-json-dev"]
TO_BUILD = ["g++", "cmake", "ninja-build", "pkg-config", *DEBIAN_12_BOOST, "libgumbo-dev", "libcli11-dev", "libfmt-dev"]
TO_TEST = "libgtest-dev libgmock-dev libbenchmark-dev ccache python3 python3-aiohttp universal-ctags gdb".split()
FOR_DOCS = ["mkdocs-material", "universal-ctags"]


def package_list(release):
    """The packages that a release offers, and their versions."""
    lines = (ROOT / f"tests/repository/package_lists/{release}.txt").read_text().splitlines()
    packages = dict(line.split() for line in lines if not line.startswith("#"))
    assert "libboost-dev" in packages, release
    return packages


class Tutorial(unittest.TestCase):
    def setUp(self):
        self.sandbox = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.sandbox)
        self.sandbox.chmod(0o755)
        self.user = None
        self.make_clone("clone")
        (self.sandbox / "bin").mkdir()
        (self.sandbox / "log").touch()
        for tool in REAL_TOOLS:
            (self.sandbox / "bin" / tool).symlink_to(shutil.which(tool))
        for name, body in STAND_INS.items():
            self.program(self.sandbox / "bin" / name, body)
        self.system("ID=debian\nVERSION_ID=12\n", "debian-12")
        self.install(*TO_BUILD, *TO_TEST)

    def make_clone(self, name):
        self.clone = self.sandbox / name
        for stage in STAGES:
            (self.clone / stage).mkdir(parents=True)
        script = (ROOT / "tutorial").read_text()
        self.assertIn("/etc/os-release", script)
        self.program(self.clone / "tutorial",
                     script.replace("/etc/os-release", str(self.sandbox / "os-release")))

    def program(self, path, body):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(body if body.startswith("#!") else f"#!/usr/bin/env bash\n{body}\n")
        path.chmod(0o755)

    def system(self, os_release, packages=None, kernel="Linux"):
        (self.sandbox / "os-release").write_text(os_release)
        (self.sandbox / "kernel").write_text(kernel)
        (self.sandbox / "free").write_text("5000")
        self.offered = package_list(packages) if packages else {}
        self.list_packages("offered", self.offered)

    def list_packages(self, file, packages):
        (self.sandbox / file).write_text("".join(f"{name} {version}\n" for name, version in packages.items()))

    def install(self, *packages, **versions):
        self.list_packages("installed", {name: self.offered.get(name, "99") for name in packages} | versions)

    def run_tutorial(self, *arguments, stderr=subprocess.PIPE):
        """Runs it from the sandbox; its exit status, output and messages."""
        done = subprocess.run(
            [self.clone / "tutorial", *arguments], cwd=self.sandbox, text=True, stdout=subprocess.PIPE,
            stderr=stderr, stdin=subprocess.DEVNULL, timeout=60,
            user=self.user,
            env={"PATH": str(self.sandbox / "bin"), "SANDBOX": str(self.sandbox), "CLONE": str(self.clone)})
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
            for known in ("compare", "test", "setup", "stage N", "exercises", "exercise N", "site", "bench", "docs [--serve]", "help",
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

    def test_watch_builds_the_crawlers_and_hands_its_options_on(self):
        self.program(self.clone / "docs/watch/make.py", "#!/usr/bin/env python3\nimport sys\nprint(*sys.argv[1:])")
        self.program(self.sandbox / "bin/python3", f'exec {sys.executable} "$@"')
        status, out, err = self.run_tutorial("watch", "3", "--lang", "zh", "--pages", "6")
        self.assertEqual((status, out.split()[2:]), (0, ["3", "--lang", "zh", "--pages", "6"]), err)
        self.assertEqual(out.split()[0], "--build")
        self.assertTrue(any(" ".join(STAGES) in " ".join(call.split()) for call in self.called("cmake")), self.called("cmake"))

    def test_no_install_names_what_is_missing_and_does_nothing(self):
        self.install("g++", "cmake", "ninja-build")
        status, out, err = self.run_tutorial("--no-install", "compare")
        self.assertEqual((status, out), (1, ""))
        self.assertEqual(err.split("missing: ")[1].split(), [*TO_BUILD[3:4], *BOOST, *TO_BUILD[7:]])
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
        update, ask, install = self.called("apt-get")
        self.assertIn("--assume-no", ask)
        self.assertNotIn(" -y ", ask)
        self.assertIn("[noninteractive]", update)
        self.assertEqual(update.split()[-1], "update")
        self.assertIn(" -y ", install)
        self.assertEqual(len(self.called("dpkg")), 1) # what was interrupted is finished
        self.assertIn("412 MB", err)
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
        self.assertTrue(self.called("apt-get")[-1].endswith("recommends python3 python3-aiohttp"))

    def test_a_report_has_a_picture_of_the_benchmarks_which_are_built_for_it(self):
        self.install(*TO_BUILD)
        self.program(self.clone / "build/release/common/compare/compare", "")
        for options in (["--report", "page.html"], ["--stages", "5", "--report=page.html"]):
            self.assertEqual(self.run_tutorial("compare", *options)[0], 0)
            self.assertTrue(self.called("apt-get")[-1].endswith("recommends libbenchmark-dev"))
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
        for page in ("index.html", "README.zh.html"):
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
        self.assertTrue(self.called("apt-get")[-1].endswith("recommends " + " ".join(FOR_DOCS)))
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

    def packages_chosen(self):
        """What `./tutorial test` installs where nothing is installed."""
        self.install()
        status, _, err = self.run_tutorial("test")
        self.assertEqual(status, 0, err)
        return self.called("apt-get")[-1].split("recommends ")[1].split()

    def test_boost_is_what_the_release_offers_in_the_version_needed(self):
        for os_release, release, boost in (
                ("ID=debian", "debian-12", DEBIAN_12_BOOST), ("ID=debian", "debian-13", BOOST),
                ("ID=debian", "debian-testing", BOOST),
                ("ID=ubuntu\nID_LIKE=debian", "ubuntu-24.04", BOOST),
                ("ID=ubuntu\nID_LIKE=debian", "ubuntu-26.04", BOOST),
                ('ID=linuxmint\nID_LIKE="ubuntu debian"', "ubuntu-24.04", BOOST),
                ("ID=raspbian\nID_LIKE=debian", "debian-13", BOOST)):
            self.system(os_release, release)
            self.assertEqual(self.packages_chosen(), [*TO_BUILD[:4], *boost, *TO_BUILD[7:], *TO_TEST], release)

    def test_newest_versioned_boost_is_chosen_where_the_unversioned_is_too_old(self):
        self.offered |= {f"libboost{part}1.9-dev": "1.9.0" for part in ("", "-url", "-json")}
        self.offered |= {f"libboost{part}1.100-dev": "1.100.0" for part in ("", "-url", "-json")}
        self.offered |= {f"libboost{part}1.110-dev": "1.110.0" for part in ("", "-url")} # a set needs all three
        self.list_packages("offered", self.offered)
        self.assertIn("libboost-url1.100-dev", self.packages_chosen())

    def test_a_boost_that_is_installed_and_new_enough_is_kept(self):
        self.system("ID=debian", "debian-13")
        self.install(*TO_BUILD[:4], "libboost1.88-dev", "libboost-url1.88-dev", "libboost-json1.88-dev", *TO_BUILD[7:])
        self.assertEqual(self.run_tutorial("--no-install", "stage", "9")[0], 2)
        self.program(self.clone / "build/release/common/practice_site", "")
        self.assertEqual(self.run_tutorial("site")[0], 0)
        self.assertEqual(self.called("apt-get"), [])

    def test_a_system_that_is_too_old_is_told_what_and_sent_to_the_container(self):
        self.system("ID=ubuntu\nID_LIKE=debian\nVERSION_ID=22.04", "ubuntu-22.04")
        self.install()
        status, out, err = self.run_tutorial("compare")
        self.assertEqual((status, out), (1, ""))
        self.assertIn("Boost 1.74.0.3ubuntu7 (libboost-dev) is too old: 1.81", err)
        self.assertIn("cmake 3.22.1-1ubuntu1.22.04.2 is too old: 3.25", err)
        self.assertNotIn("libgumbo-dev", err)
        self.assertIn("the container", err)
        self.assertIn("## In a container", (ROOT / "docs/building.md").read_text())
        self.assertFalse(any("install" in call for call in self.called("apt-get")))

    def test_an_installed_package_that_is_too_old_is_replaced_by_a_newer_one(self):
        self.install(*TO_BUILD, cmake="3.24.9-1")
        self.program(self.clone / "build/release/common/practice_site", "")
        self.assertEqual(self.run_tutorial("site")[0], 0)
        self.assertTrue(self.called("apt-get")[-1].endswith("recommends cmake"))

    def test_setup_installs_everything_and_builds_nothing(self):
        self.install()
        self.assertEqual(self.run_tutorial("setup")[0], 0)
        self.assertEqual(self.called("apt-get")[-1].split("recommends ")[1].split(), [*TO_BUILD, *TO_TEST])
        self.assertEqual(self.called("cmake"), [])

    def test_both_containers_install_through_the_script_on_one_system(self):
        dockerfile = (ROOT / "Dockerfile").read_text()
        container = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text())
        self.assertIn(f"FROM {container['image']}\n", dockerfile)
        self.assertIn("RUN ./tutorial setup", dockerfile)
        self.assertTrue(container["postCreateCommand"].startswith("./tutorial setup"))
        for package in TO_BUILD + TO_TEST:
            self.assertNotIn(f" {package}", dockerfile + container["postCreateCommand"])

    def test_elsewhere_the_install_command_is_printed_and_nothing_run(self):
        self.install()
        (self.sandbox / "bin/ninja").unlink()
        for os_release, kernel, command in (
                ("ID=fedora", "Linux", "sudo dnf install "), ("ID=nobara\nID_LIKE=fedora", "Linux", "sudo dnf install "),
                ("ID=arch", "Linux", "sudo pacman -S --needed "), ("ID=manjaro\nID_LIKE=arch", "Linux", "sudo pacman "),
                ('ID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"', "Linux", "sudo zypper install "),
                ("ID=alpine", "Linux", "sudo apk add "), ("", "Darwin", "brew install "),
                ("ID=slackware", "Linux", "CMake >= 3.25")):
            self.system(os_release, kernel=kernel)
            for options in ([], ["--no-install"]):
                status, out, err = self.run_tutorial(*options, "test")
                self.assertEqual((status, out), (1, ""))
                self.assertIn(command, err)
                self.assertIn("missing: ninja.", err)
        self.assertEqual((self.sandbox / "log").read_text(), "")

    def test_elsewhere_it_goes_on_when_cmake_finds_everything(self):
        self.system("ID=fedora")
        self.install()
        self.assertEqual(self.run_tutorial("test")[0], 0)
        self.assertEqual(len(self.called("ctest")), 1)

    def test_elsewhere_what_cmake_misses_is_shown_with_the_command(self):
        self.system("ID=arch")
        (self.sandbox / "unconfigurable").write_text("Could NOT find Boost\n")
        status, _, err = self.run_tutorial("test")
        self.assertEqual(status, 1)
        self.assertIn("Could NOT find Boost", err)
        self.assertIn("sudo pacman", err)

    def test_the_first_build_says_how_long_it_takes_and_how_much_space(self):
        _, _, err = self.run_tutorial("test")
        self.assertRegex(err, r"first build takes about \d+ minutes .* and \d+ MiB")
        (self.clone / "build/release/.ninja_log").touch()
        self.assertNotIn("first build", self.run_tutorial("test")[2])

    def test_a_terminal_shows_how_far_the_build_is_and_a_file_does_not(self):
        master, terminal = pty.openpty()
        self.assertEqual(self.run_tutorial("test", stderr=terminal)[0], 0)
        self.assertIn(b"[7/9] Building", os.read(master, 65536))
        os.close(terminal)
        os.close(master)
        self.assertNotIn("[7/9] Building", self.run_tutorial("test")[2])

    def test_an_interrupted_configuration_is_begun_again(self):
        self.assertEqual(self.run_tutorial("test")[0], 0)
        (self.clone / "build/release/configured").unlink() # there is a cache, but nothing was generated from it
        self.assertEqual(self.run_tutorial("test")[0], 0)
        self.assertEqual(len(self.called("cmake --preset")), 2)

    def test_an_interrupted_build_says_that_the_command_goes_on(self):
        (self.sandbox / "interrupted").touch()
        status, _, err = self.run_tutorial("test")
        self.assertEqual((status, self.called("ctest")), (130, []))
        self.assertIn("Interrupted. The same command goes on from here.", err)
        (self.sandbox / "interrupted").unlink()
        self.assertEqual(self.run_tutorial("test")[0], 0)
        self.assertEqual(len(self.called("cmake --preset")), 1)

    def test_without_a_network_it_says_so(self):
        self.install()
        (self.sandbox / "broken").write_text("E: Failed to fetch http://deb/x  Temporary failure resolving 'deb'\n")
        (self.sandbox / "offline").touch()
        status, _, err = self.run_tutorial("test")
        self.assertEqual(status, 1)
        self.assertIn("tutorial: the package server can't be reached. Check the network", err)

    def test_a_full_disk_is_named_before_and_during_the_build(self):
        (self.sandbox / "free").write_text("120")
        status, _, err = self.run_tutorial("test")
        self.assertEqual((status, self.called("cmake")), (1, []))
        self.assertRegex(err, "120 MiB left, and the build needs [0-9]+ MiB")
        (self.sandbox / "free").write_text("5000")
        (self.sandbox / "broken").write_text("fatal error: error writing to x.o: No space left on device\n")
        status, _, err = self.run_tutorial("test")
        self.assertEqual(status, 1)
        self.assertIn("tutorial: the disk is full. Make room", err)

    @unittest.skipUnless(os.geteuid() == 0, "only root can become another user")
    def test_a_read_only_checkout_is_named(self):
        self.user = 65534
        status, _, err = self.run_tutorial("test")
        self.assertEqual(status, 1)
        self.assertIn(f"{self.clone} is read-only for you. Copy it to a folder of your own", err)

    @unittest.skipUnless(os.geteuid() == 0, "only root can become another user")
    def test_another_users_build_is_named(self):
        (self.clone / "build/release").mkdir(parents=True)
        self.clone.chmod(0o777)
        self.user = 65534
        status, _, err = self.run_tutorial("test")
        self.assertEqual(status, 1)
        self.assertIn(f"{self.clone}/build was left by another user", err)
        self.assertIn(f"sudo rm -r '{self.clone}/build'", err)

    def test_a_build_of_another_checkout_or_compiler_is_named(self):
        (self.clone / "build/release").mkdir(parents=True)
        for line, sentence in (("CMAKE_HOME_DIRECTORY:INTERNAL=/old/place", "was made when the checkout was /old/place"),
                               ("CMAKE_CXX_COMPILER:FILEPATH=/gone/g++-9", "was made with /gone/g++-9, which isn't there")):
            (self.clone / "build/release/CMakeCache.txt").write_text(line + "\n")
            status, _, err = self.run_tutorial("test")
            self.assertEqual(status, 1)
            self.assertIn(sentence, err)
            self.assertIn(f"Remove it (rm -r '{self.clone}/build')", err)

    def test_a_path_may_have_spaces_and_chinese_characters(self):
        self.make_clone("我的 code")
        self.program(self.clone / "build/release/stage1_blocking/stage1_blocking", 'echo "$*"')
        status, out, err = self.run_tutorial("stage", "1", "a b")
        self.assertEqual((status, out), (0, "a b\n"), err)
        self.assertEqual(self.run_tutorial("test")[0], 0)

    def test_a_program_gets_its_options_the_callers_directory_and_the_last_word(self):
        self.program(self.clone / "build/release/stage3_future_task/stage3_future_task",
                     'echo "$PWD|$*"; exit 130')
        status, out, _ = self.run_tutorial("stage", "3", "--delay", "2s", "http://a/ b")
        self.assertEqual((status, out), (130, f"{self.sandbox}|--delay 2s http://a/ b\n"))
        self.assertIn("--target stage3_future_task", self.called("cmake")[-1])

    def test_a_program_is_debugged_in_the_debug_build_by_a_gdb_that_trusts_it(self):
        self.install(*TO_BUILD, "gdb")
        self.program(self.sandbox / "bin/gdb", 'echo "$*"')
        stage = self.clone / "build/dev/stage4_yield_from/stage4_yield_from"
        trust = f"-q -iex add-auto-load-safe-path {self.clone}/build/dev"
        for words, given in (((), f"--args {stage}"), (("--pages", "2"), f"--args {stage} --pages 2"),
                             (("--core", "core.7"), f"--core=core.7 {stage}"), (("--pid", "7"), f"--pid=7 {stage}")):
            status, out, err = self.run_tutorial("debug", "4", *words)
            self.assertEqual((status, out), (0, f"{trust} {given}\n"), err)
        self.assertIn("--target stage4_yield_from", self.called("cmake")[-1])
        self.assertIn("--preset dev", self.called("cmake")[0])
        # One that was built is what the core file was made from: it stays as it is.
        self.program(stage, "")
        before = self.called("cmake")
        self.assertEqual(self.run_tutorial("debug", "4", "--core", "core.7")[1], f"{trust} --core=core.7 {stage}\n")
        self.assertEqual(self.called("cmake"), before)
        self.assertIn("build/dev/docs/debugging/hangs", self.run_tutorial("debug", "hangs")[1])
        for words in (("2",), (), ("4", "--core"), ("4", "--pid", "7", "more")):
            self.assertEqual(self.run_tutorial("debug", *words)[0], 2, words)

    def test_exercises_are_configured_for_where_something_is_compiled_and_the_runner_gets_its_options(self):
        # The runner stands in for itself: it needs a build for exercise 8, and knows no exercise 44.
        self.program(self.clone / "docs/exercises/run.py",
                     "#!/usr/bin/env python3\nimport sys\n"
                     "if '--needs-build' in sys.argv: sys.exit(0 if '8' in sys.argv else 2 if '44' in sys.argv else 3)\n"
                     "print(*sys.argv[1:])\nsys.exit(1)")
        self.program(self.sandbox / "bin/python3", f'exec {sys.executable} "$@"')
        for arguments in (["exercises", "--lang", "zh"], ["exercise", "8", "--gtest_filter=A.*"], ["exercise", "9", "--hint"],
                          ["exercise", "--help"]):
            status, out, err = self.run_tutorial(*arguments)
            self.assertEqual((status, out), (1, f"--build {self.clone}/build/release {' '.join(arguments)}\n"), err)
            self.assertEqual(bool(self.called("cmake")), arguments != ["exercises", "--lang", "zh"])
        self.assertEqual(len(self.called("cmake --preset")), 1)
        self.assertIn("-DTUTORIAL_TESTS=ON", self.called("cmake --preset")[0])
        self.assertEqual(self.called("cmake --build"), []) # the runner builds, so that it can say what is wrong
        self.assertEqual(self.run_tutorial("exercise", "44")[0], 2)

    def test_the_list_of_exercises_needs_python_alone(self):
        self.program(self.clone / "docs/exercises/run.py", "import sys; sys.exit(3 if '--needs-build' in sys.argv else 0)")
        self.program(self.sandbox / "bin/python3", f'exec {sys.executable} "$@"')
        self.install()
        self.assertEqual(self.run_tutorial("exercises")[0], 0)
        self.assertTrue(self.called("apt-get")[-1].endswith("recommends python3"))
        self.system("ID=fedora\n")
        (self.sandbox / "bin/python3").unlink()
        status, _, err = self.run_tutorial("exercises")
        self.assertEqual(status, 1)
        self.assertIn("python3 is missing", err)

    def test_options_of_test_go_to_ctest(self):
        self.run_tutorial("test", "-L", "stage3")
        self.assertTrue(self.called("ctest")[0].endswith(" -L stage3"))

    def test_a_build_with_tests_keeps_them_and_one_without_is_given_them(self):
        self.program(self.clone / "build/release/common/practice_site", "")
        self.program(self.clone / "build/release/tests/benchmarks/benchmarks", "")
        for word, configured in (("site", 1), ("site", 1), ("bench", 2), ("site", 2), ("bench", 2), ("test", 3),
                                 ("site", 3), ("bench", 3), ("test", 3)):
            status, _, err = self.run_tutorial(word)
            self.assertEqual(status, 0, err)
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
