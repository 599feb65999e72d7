"""How much memory a whole job takes beyond the page cache, on a scan of 8 GB."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import scans
from timing import Row

import graineye as ge

ROWS, COLUMNS = 256, 250
"""Of 250 x 250 px, uint16: 8.0 GB."""
FEW = 20
RUN = (sys.executable, "-c", "from graineye.cli import main; main()", "run")
_KEPT = ("RssAnon:", "RssShmem:")
"""What /proc says a process keeps for itself, LiberTEM's result buffers among it, which count as shared; pages of mapped files,
which others can have any time, are not in it."""
_EVERY = 0.01


def peaks(folder: Path, contiguous: Path, quick: bool) -> Iterator[Row]:
    """`graineye run` with the default and with the classic method, report included, beside the feature matrix."""
    rows, columns = (FEW, FEW) if quick else (ROWS, COLUMNS)
    path = scans.repeated(contiguous, rows, columns)
    try:
        for method, flags in (("default method", []), ("classic method", ["--classic"])):
            with TemporaryDirectory(dir=folder) as out:
                begun = time.perf_counter()
                peak = peak_of((*RUN, str(path), "--out", out, "--quiet", *flags))
                took = time.perf_counter() - begun
                (result,) = Path(out).glob("*.emd")
                features = ge.load_result(result).dark_fields.nbytes
            size = path.stat().st_size
            yield Row(
                f"peak memory of `graineye run`, {method}, scan of {size / 1e9:.1f} GB",
                f"{peak / 1e6:.0f} MB ({took:.0f} s)",
                f"feature matrix: {features / 1e6:.0f} MB",
                f"{(peak - features) / 1e6:.0f} MB more",
                "at most 1000 MB more",
            )
    finally:
        path.unlink()


def peak_of(command: tuple[str, ...]) -> int:
    """Bytes that a program keeps for itself at most, looked at every hundredth of a second.

    Raises
    ------
    RuntimeError
        If the program fails.
    """
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    peak = 0
    while running.poll() is None:
        peak = max(peak, _kept(running.pid))
        time.sleep(_EVERY)
    if running.returncode:
        raise RuntimeError(f"{command} failed: {running.communicate()[1]}")
    return peak


def _kept(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:  # it has just ended
        return 0
    return sum(1024 * int(line.split()[1]) for line in lines if line.startswith(_KEPT))
