"""worker.py FOLDER: opens damaged copies of samples, one line of JSON for each; what it cannot say itself its end does.

Reads lines `SAMPLE FIRST COUNT` (number of the sample, first seed, number of seeds).
"""

import faulthandler
import json
import os
import resource
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from samples import Sample, frames, read_samples

import graineye as ge
from graineye.errors import GraineyeError
from graineye.score import Truth, read_labels

MEMORY = 2 << 30
"""Bytes of address space above what the libraries take."""


LONGEST = 1500
"""Characters of a line that a person may still read."""
OF_SHAPE = ("shape", "chunks", "axes", "bytes")
"""One of these stands in a note on a shape that may not be the one that was recorded."""


class Wrong(Exception):
    """Something was taken that should have been refused."""


def scan(path: Path, sample: Sample, kind: str, harmed: str) -> None:
    opened = ge.open_scan(path, cpus=1, **sample.options)
    if opened.shape != sample.shape:
        told = any(word in note for note in opened.notes for word in OF_SHAPE)
        if not told and harmed != sample.stated:
            raise Wrong(f"shape {opened.shape} instead of {sample.shape}, notes {opened.notes}")
        if ge.statistics(opened).mean.shape != opened.frame_shape:
            raise Wrong("statistics of another shape")
        return
    found = ge.statistics(opened)
    if found.mean.shape != sample.shape[2:] or found.total_counts.shape != sample.shape[:2]:
        raise Wrong(f"statistics of shapes {found.mean.shape} and {found.total_counts.shape}")
    frame = opened.frame(1, 2)
    if frame.shape != sample.shape[2:]:
        raise Wrong(f"a frame of shape {frame.shape}")
    qy, qx = sample.shape[2:]
    if kind == "cut" and not np.array_equal(found.total_counts, FRAMES[..., :qy, :qx].sum(axis=(2, 3))):
        raise Wrong("a file that was cut off gives other frames")


def result(path: Path, sample: Sample, kind: str, harmed: str) -> None:
    read = ge.load_result(path)
    ny, nx = read.labels.shape
    n = len(read.disks.positions)
    shapes: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
        "labels": (read.labels.shape, sample.shape),
        "total_counts": (read.statistics.total_counts.shape, (ny, nx)),
        "std": (read.statistics.std.shape, read.statistics.mean.shape),
        "log_sum": (read.statistics.log_sum.shape, read.statistics.mean.shape),
        "correlation": (read.correlation_of_log_sum.shape, read.statistics.mean.shape),
        "dark_fields": (read.dark_fields.shape, (ny, nx, n)),
        "dendrogram": (read.dendrogram.children.shape, (ny * nx - 1, 2)),
    }
    wrong = {name: pair for name, pair in shapes.items() if pair[0] != pair[1]}
    if wrong:
        raise Wrong(f"shapes {wrong}")
    str(read)
    len(read.table)


def truth(path: Path, sample: Sample, kind: str, harmed: str) -> None:
    read = Truth.load(path)
    if read.labels.shape != sample.shape:
        raise Wrong(f"shape {read.labels.shape}")


def labels(path: Path, sample: Sample, kind: str, harmed: str) -> None:
    read, _ = read_labels(path)
    if read.shape != sample.shape:
        raise Wrong(f"shape {read.shape}")


def settings(path: Path, sample: Sample, kind: str, harmed: str) -> None:
    read = ge.Settings.from_toml(path)
    if ge.Settings.from_dict(read.to_dict()) != read:
        raise Wrong("settings that do not give themselves back")


OPENERS = {"scan": scan, "result": result, "truth": truth, "labels": labels, "settings": settings}


def outcome(path: Path, sample: Sample, kind: str = "", harmed: str = "") -> tuple[str, str]:
    """ "sound", "refused", or what is wrong; and its words. Damage of this kind was done to this file."""
    try:
        OPENERS[sample.kind](path, sample, kind, harmed)
    except GraineyeError as error:
        return _of_words(str(error))
    except Wrong as wrong:
        return "wrong", str(wrong)
    except BaseException as error:
        return "memory" if isinstance(error, MemoryError) else "defect", f"{type(error).__name__}: {error}"
    return "sound", ""


def _of_words(said: str) -> tuple[str, str]:
    if not said.isprintable():  # a terminal obeys some characters
        return "unprintable", repr(said)
    return ("long" if len(said) > LONGEST else "refused"), said


def main(folder: Path) -> None:
    faulthandler.enable()
    report = os.fdopen(os.dup(1), "w", buffering=1)
    stray = tempfile.TemporaryFile()  # noqa: SIM115
    os.dup2(stray.fileno(), 1)
    known = read_samples(folder)
    _warm_up(folder, known)
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (taken + MEMORY, taken + MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    report.write(json.dumps("ready") + "\n")
    for line in sys.stdin:
        number, first, count = map(int, line.split())
        sample = known[number]
        for seed in range(first, first + count):
            kind, harmed, files = sample.damaged(seed)
            # Other files each time: some libraries keep what they know of one of this name.
            shutil.rmtree(folder / "damaged", ignore_errors=True)
            what, said = outcome(sample.write(folder / "damaged", files), sample, kind, harmed)
            sys.stdout.flush()
            if os.fstat(stray.fileno()).st_size:
                os.ftruncate(stray.fileno(), 0)
                what, said = ("stray", said) if what in ("sound", "refused") else (what, said)
            report.write(json.dumps([number, seed, kind, what, said]) + "\n")


def _warm_up(folder: Path, known: list[Sample]) -> None:
    """Open every sound sample once, so that libraries and kernels are there before memory is limited."""
    for number, sample in enumerate(known):
        what, said = outcome(folder / f"sample{number}" / sample.opened, sample)
        assert what == "sound", f"{sample.name}: {what}: {said}"


FRAMES = frames()

if __name__ == "__main__":
    main(Path(sys.argv[1]))
