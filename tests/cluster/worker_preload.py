"""What a worker process runs first: it sees another disk than others, has other versions, or works slowly.

GRAINEYE_TEST_SEES is "path=other", or several with ";": what it opens at that path is the other file. GRAINEYE_TEST_HAS is
"package=version", or "package=" for one that it has not. While the file GRAINEYE_TEST_SLOW is there, it writes its process
number into it and stays at its partition.
"""

import builtins
import importlib.metadata
import io
import os
import time
from pathlib import Path

sees = os.environ.get("GRAINEYE_TEST_SEES")
has = os.environ.get("GRAINEYE_TEST_HAS")
slow = os.environ.get("GRAINEYE_TEST_SLOW")


def see(others, really_open=open):
    def open_what_is_seen(file, *args, **kwargs):
        return really_open(others.get(str(file), file), *args, **kwargs)

    builtins.open = io.open = open_what_is_seen


def have(package, version, real_version=importlib.metadata.version):
    def version_that_it_has(name):
        if name == package and not version:
            raise importlib.metadata.PackageNotFoundError(name)
        return version if name == package else real_version(name)

    importlib.metadata.version = version_that_it_has


def dawdle(slow):
    from graineye.passes.frames import FramesUDF

    work = FramesUDF.process_partition

    def work_slowly(self, partition):
        deadline = time.monotonic() + 20
        if slow.exists():
            with slow.open("a") as begun:
                begun.write(f"{os.getpid()}\n")
        while slow.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        work(self, partition)

    FramesUDF.process_partition = work_slowly


if sees:
    see(dict(pair.split("=") for pair in sees.split(";")))
if has:
    have(*has.split("="))
if slow:
    dawdle(Path(slow))
