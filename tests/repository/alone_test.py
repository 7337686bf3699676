"""Configures and builds one stage from its own folder, then asks its program for its options.

alone_test.py STAGE BUILD CMAKE [options for configuring]: into the folder BUILD, with the program CMAKE.
"""

import pathlib
import subprocess
import sys

from repository import ROOT

stage, build, cmake, *options = sys.argv[1:]

subprocess.run([cmake, "--fresh", "-S", ROOT / stage, "-B", build, *options], check=True)
subprocess.run([cmake, "--build", build], check=True)
if stage == "stage5_native_coroutines":
    subprocess.run([cmake, "--build", build, "--target", "asio_crawler"], check=True)

shown = subprocess.run([pathlib.Path(build, stage), "--help"], check=True, text=True,
                       stdout=subprocess.PIPE).stdout
if "--concurrency" not in shown:
    sys.exit(f"{stage} --help does not tell its options:\n{shown}")
if pathlib.Path(build, "CTestTestfile.cmake").exists():
    sys.exit(f"{stage} has tests when it is built alone")
