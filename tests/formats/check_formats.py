"""Open every file of a folder that `make_formats.py` wrote, and show as a table what became of it.

    python tests/formats/check_formats.py OUT

Files in OUT/good hold the scan of OUT/good/truth.npz, each in another format; they open to its frames, or are refused with a
way. Files in OUT/bad are refused in one line, or open where they are sound. Exit 1 if any does something else.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import graineye as ge
from graineye.errors import GraineyeError

PARTS = ("csr_data.dat", "csr_indices.dat", "csr_indptr.dat", "truth.npz")
"""Files that belong to another one."""
WAYS = ("--", "save it", "put that file", "open")
"""A refusal of a sound file names one of these."""
SOUND = ("whole.h5", "external_good.h5", "bool.h5", "negative.h5", "name_spaces_unicode.h5", "caf")
"""Beginnings of the names of files in OUT/bad that are sound."""
GIVEN_LATER = {"plain_two_scans.h5": {"ds_path": "a"}, "frames.raw": {"dtype": "uint16", "sig_shape": "32,24"}}
"""What a user would add after the first refusal."""


@dataclass(frozen=True)
class Outcome:
    """What became of a file."""

    name: str
    format: str
    said: str
    right: bool


def expected(name: str, frames: NDArray[Any]) -> NDArray[Any]:
    """The frames as the format of this file can hold them."""
    if name == "rsciio.blo":
        square = frames[..., 4:28, :].astype(np.uint8)
        square[..., 0, :2] = frames[..., 0, :2]
        return square
    if name in ("empad.xml", "scan_x6_y8.raw"):
        padded = np.zeros((*frames.shape[:2], 128, 128), np.float32)
        padded[:, :, : frames.shape[2], : frames.shape[3]] = frames
        return padded
    if name.startswith("merlin_r06"):
        return frames & 63
    return frames


def all_frames(scan: ge.Scan) -> NDArray[Any]:
    """Every frame of a scan, one by one."""
    ny, nx = scan.scan_shape
    return np.array([[scan.frame(y, x) for x in range(nx)] for y in range(ny)])


def identical(scan: ge.Scan, truth: NDArray[Any]) -> str:
    """Empty if every frame and every sum of a pass is as it should be; else what is not."""
    if scan.shape != truth.shape:
        return f"shape {scan.shape}, not {truth.shape}"
    if not np.array_equal(all_frames(scan), truth):
        return "other frames"
    totals = ge.statistics(scan).total_counts
    return "" if np.array_equal(totals, truth.sum(axis=(2, 3), dtype=np.float64)) else "other sums in a pass"


def check_good(path: Path, truth: NDArray[Any]) -> Outcome:
    """Open as a user would: first without any option, then with those that the refusal asks for."""
    given: dict[str, Any] = {}
    refusal = ""
    for _ in range(3):
        try:
            scan = ge.open_scan(path, **given)
            fault = identical(scan, expected(path.name, truth))
        except GraineyeError as error:
            refusal = str(error)
            asked = {"nav_shape": "8,6"} if "--nav-shape" in refusal else {}
            asked |= GIVEN_LATER.get(path.name, {})
            if not asked or asked.items() <= given.items():
                break
            given |= asked
            continue
        except Exception as error:  # what must not happen
            return Outcome(path.name, "-", f"{type(error).__name__}: {error}", False)
        flags = " ".join(f"--{name.replace('_', '-')} {value}" for name, value in given.items())
        said = fault or ("identical" + (f" with {flags}" if flags else ""))
        return Outcome(path.name, scan.format, said, not fault)
    return Outcome(path.name, "-", f"refused: {refusal}", "\n" not in refusal and any(way in refusal for way in WAYS))


def check_bad(path: Path, truth: NDArray[Any]) -> Outcome:
    """Open, and read every frame once."""
    sound = path.name.startswith(SOUND)
    try:
        scan = ge.open_scan(path)
        ge.statistics(scan)
    except GraineyeError as error:
        locked = path.name == "unreadable.h5"
        return Outcome(path.name, "-", f"refused: {error}", "\n" not in str(error) and (locked or not sound))
    except Exception as error:  # what must not happen
        return Outcome(path.name, "-", f"{type(error).__name__}: {error}", False)
    held = {"bool.h5": truth > 100, "negative.h5": truth.astype(np.int32) - 50}.get(path.name, truth)
    fault = identical(scan, held)
    sound |= path.name == "unreadable.h5"  # root may read it
    return Outcome(path.name, scan.format, fault or "identical", sound and not fault)


def main(out: Path) -> int:
    """Print the table; 1 if a file did what it should not."""
    truth = np.load(out / "good" / "truth.npz")["frames"]
    good = [check_good(path, truth) for path in sorted((out / "good").iterdir()) if path.name not in PARTS]
    bad = [check_bad(path, truth) for path in sorted((out / "bad").iterdir())]
    width = max(len(outcome.name) for outcome in good + bad)
    for title, outcomes in (("good", good), ("bad", bad)):
        print(f"\n{title}")
        for each in outcomes:
            name = each.name.encode("utf-8", "backslashreplace").decode()
            said = each.said.replace(f"{out / title}/", "").encode("utf-8", "backslashreplace").decode()
            print(f"  {'' if each.right else 'WRONG '}{name:<{width}}  {each.format:<13}  {said}")
        opened = sum(each.right and each.format != "-" for each in outcomes)
        refused = sum(each.right and each.format == "-" for each in outcomes)
        print(
            f"  {len(outcomes)} files: {opened} identical, {refused} refused, {len(outcomes) - opened - refused} wrong"
        )
    return int(not all(outcome.right for outcome in good + bad))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1])))
