"""`--cluster local:N`: processes of this machine, which end with the command."""

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil

import graineye as ge
from graineye.progress import silent

Scans = dict[str, Path]


def test_the_command_prints_one_object_and_nothing_else(scans: Scans, tmp_path: Path) -> None:
    path = scans["chunked.h5"]
    words = ("run", path.name, "--json", "--quiet", "--cluster", "local:2", "--out", str(tmp_path))
    program = Path(sys.executable).with_name("graineye")
    done = subprocess.run([program, *words], cwd=path.parent, capture_output=True, text=True, timeout=100, check=True)
    summary = json.loads(done.stdout)
    assert done.stderr == ""
    local = ge.load_result(tmp_path / "chunked.crystallites.emd")
    threads = ge.map_crystallites(ge.open_scan(path), progress=silent)
    assert local.count == summary["crystallites"]
    np.testing.assert_array_equal(local.labels, threads.labels)
    np.testing.assert_array_equal(local.dark_fields, threads.dark_fields)


_INTERRUPTED = """
import os, sys
import psutil
import graineye as ge

if __name__ == "__main__":
    ge.statistics(ge.open_scan(sys.argv[1], cluster="local:1"))
    us = psutil.Process()
    workers = us.children(recursive=True)
    listening = {c.laddr.ip for p in (us, *workers) for c in p.net_connections("tcp") if c.status == "LISTEN"}
    print(*listening, *(worker.pid for worker in workers), flush=True)
    os._exit(130)  # as the command line does
"""


def is_running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_nothing_listens_beyond_this_machine_and_processes_end_with_ours(scans: Scans, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(_INTERRUPTED)
    words = [sys.executable, script, scans["array.npy"]]
    done = subprocess.run(words, capture_output=True, text=True, timeout=100, check=False)
    assert done.stderr == ""
    address, *workers = done.stdout.split()
    assert address == "127.0.0.1"
    assert len(workers) >= 1
    deadline = time.monotonic() + 10
    while any(is_running(int(worker)) for worker in workers):
        assert time.monotonic() < deadline
        time.sleep(0.05)
