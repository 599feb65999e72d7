"""Compares graineye with quantem, py4DSTEM and pyxem on scans with truth: a table in Markdown.

Each peer gets an environment of its own, help from the truth (`given.py`) and the one of its settings that scores best over all
scans; graineye gets the files. What was made before in the folder of environments is used again.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

import graineye as ge
from graineye.progress import silent
from graineye.score import Truth, score_map

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Peer:
    """A program to compare with: what pip installs for it, what runs in its environment, which versions to tell."""

    name: str
    requirements: tuple[str, ...]
    program: str
    versions: tuple[str, ...]


PEERS = (
    Peer("quantem", ("quantem==0.1.10", "h5py"), "quantem_map.py", ("quantem", "torch", "numpy")),
    Peer("py4DSTEM", ("py4DSTEM==0.14.18", "numpy<2"), "py4dstem_map.py", ("py4DSTEM", "scikit-learn", "numpy")),
    Peer("pyxem", ("pyxem==0.21.0", "h5py"), "pyxem_map.py", ("pyxem", "hyperspy", "scikit-image", "numpy")),
)


@dataclass
class Line:
    """A row of the table: (PQ, m_PQ) of each scan."""

    name: str
    scores: dict[str, tuple[float, float]]
    notes: list[str] = field(default_factory=list)

    def mean(self) -> tuple[float, float]:
        """Means of PQ and of m_PQ over the scans."""
        pq, m_pq = np.mean(list(self.scores.values()), axis=0)
        return float(pq), float(m_pq)


def environment(peer: Peer, folder: Path) -> Path | None:
    """The Python of the peer's environment, made where it is missing; None where pip cannot."""
    python = folder / peer.name / "bin" / "python"
    installed = folder / peer.name / "installed"
    if not installed.is_file():
        subprocess.run([sys.executable, "-m", "venv", folder / peer.name], check=True)
        done = subprocess.run([python, "-m", "pip", "install", "--quiet", *peer.requirements], check=False)
        if done.returncode:
            return None
        installed.touch()
    return python


def versions(peer: Peer, python: Path) -> str:
    """Versions of the peer and of what it rests on."""
    ask = "import sys; from importlib.metadata import version; print(', '.join(f'{p} {version(p)}' for p in sys.argv[1:]))"
    told = subprocess.run([python, "-c", ask, *peer.versions], check=True, capture_output=True, text=True)
    return told.stdout.strip()


def run_peer(peer: Peer, python: Path, scan: Path, out: Path) -> bool:
    """Let the peer map a scan with every setting, on one core; False where it failed."""
    if (out / "settings.json").is_file():
        return True
    single = {**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run([python, HERE / peer.program, scan, out], env=single, check=False)
    return done.returncode == 0


def score_settings(out: Path, truth: Truth) -> dict[str, tuple[float, float]]:
    """PQ and m_PQ of every setting of a peer on one scan."""
    scores = {}
    for number, setting in enumerate(json.loads((out / "settings.json").read_text(encoding="utf-8"))):
        with np.load(out / f"{number:04d}.npz") as result:
            score = score_map(truth, result["labels"], result["masks"])
        scores[json.dumps(setting)] = (score.labels.matching.pq, score.masks.matching.pq)
    return scores


def line_of_peer(peer: Peer, scans: list[Path], folder: Path) -> Line:
    """The peer with its best setting."""
    python = environment(peer, folder)
    if python is None:
        return Line(peer.name, {}, ["pip could not install it"])
    notes = [versions(peer, python)]
    scores: dict[str, dict[str, tuple[float, float]]] = {}
    for scan in scans:
        out = folder / "results" / peer.name / scan.stem
        if not run_peer(peer, python, scan, out):
            notes.append(f"failed on {scan.stem}")
            continue
        for setting, score in score_settings(out, Truth.load(scan.with_suffix(".truth.npz"))).items():
            scores.setdefault(setting, {})[scan.stem] = score
        print(f"{peer.name}: {scan.stem}", flush=True)
    if not scores:
        return Line(peer.name, {}, notes)
    most = max(len(of_scans) for of_scans in scores.values())
    lines = {setting: Line(peer.name, of_scans) for setting, of_scans in scores.items() if len(of_scans) == most}
    best = max(lines, key=lambda setting: sum(lines[setting].mean()))
    freest = Line("", {scan: max((of[scan] for of in scores.values()), key=sum) for scan in scores[best]}).mean()
    told = ", ".join(f"{name} {value}" for name, value in json.loads(best).items())
    notes.append(f"the best of {len(scores)} settings: {told}")
    notes.append(f"with the best of them for each scan by itself {freest[0]:.2f} / {freest[1]:.2f}")
    return Line(peer.name, lines[best].scores, notes)


def line_of_graineye(scans: list[Path]) -> Line:
    """graineye with no argument but the file."""
    scores = {}
    for scan in scans:
        result = ge.map_crystallites(ge.open_scan(scan), progress=silent)
        masks = None if result.overlapping is None else result.overlapping.masks
        score = score_map(Truth.load(scan.with_suffix(".truth.npz")), result.labels, masks)
        scores[scan.stem] = (score.labels.matching.pq, score.masks.matching.pq)
    return Line("graineye", scores, ["no setting"])


def markdown(lines: list[Line], scans: list[Path]) -> Iterator[str]:
    """PQ / m_PQ of every program on every scan, and what was set."""
    names = [scan.stem for scan in scans]
    yield f"| PQ / m_PQ | {' | '.join(names)} | **mean** |"
    yield f"|{'---|' * (len(names) + 2)}"
    for line in lines:
        cells = [
            f"{line.scores[name][0]:.2f} / {line.scores[name][1]:.2f}" if name in line.scores else "" for name in names
        ]
        mean = "{:.3f} / {:.3f}".format(*line.mean()) if line.scores else ""
        yield f"| {line.name} | {' | '.join(cells)} | {mean} |"
    yield ""
    for line in lines:
        yield f"- {line.name}: {'; '.join(line.notes)}."


def main() -> None:
    """Compare on all scans of a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scans", type=Path)
    parser.add_argument("folder", type=Path, help="where environments and results of the peers are kept")
    parser.add_argument("--out", type=Path, help="Markdown file to write")
    asked = parser.parse_args()
    # Small ones first: what is wrong shows early.
    scans = [path for path in asked.scans.glob("*.h5") if path.with_suffix(".truth.npz").is_file()]
    scans.sort(key=lambda path: (path.stat().st_size, path.stem))
    if not scans:
        raise SystemExit(f"{asked.scans}: no NAME.h5 with NAME.truth.npz beside it")
    asked.folder.mkdir(parents=True, exist_ok=True)
    lines = [line_of_graineye(scans), *(line_of_peer(peer, scans, asked.folder.absolute()) for peer in PEERS)]
    table = "\n".join(markdown(lines, scans)) + "\n"
    print(table)
    if asked.out:
        asked.out.write_text(table, encoding="utf-8")


if __name__ == "__main__":
    main()
