"""fuzz_files.py [--seconds N] [--seed N] [--keep FOLDER]: opens damaged copies of every format until the time is over.

Each must give what the sound file gives or be refused in one line. Prints a table; exit code 1 if anything else happened.
"""

import argparse
import itertools
import json
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from samples import Sample, large_samples, samples, write_samples

HANG = 20.0
"""Seconds for one file; a sound one takes a few milliseconds."""
BATCH = 20
FINE = ("sound", "refused")


@dataclass(frozen=True)
class Finding:
    """A damaged file that did harm."""

    sample: Sample
    seed: int
    what: str
    said: str


@dataclass
class Outcome:
    """What came of a run."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def inputs(self) -> int:
        return sum(counter.total() for counter in self.counts.values())

    def add(self, sample: Sample, seed: int, what: str, said: str) -> None:
        self.counts.setdefault(sample.name, Counter())[what] += 1
        if what not in FINE:
            self.findings.append(Finding(sample, seed, what, said))

    def table(self) -> str:
        found = [what for what in sorted(set().union(*self.counts.values())) if what not in FINE]
        width = max(map(len, self.counts))
        lines = [
            f"{'format':<{width}}  {'inputs':>7}  {'opened':>7}  {'refused':>7}" + "".join(f"  {w}" for w in found)
        ]
        for name, counter in self.counts.items():
            lines.append(
                f"{name:<{width}}  {counter.total():>7}  {counter['sound']:>7}  {counter['refused']:>7}"
                + "".join(f"  {counter[w]:>{len(w)}}" for w in found)
            )
        return "\n".join(lines)


class Worker:
    """A process that opens damaged files; replaced when it dies or hangs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.start()

    def start(self) -> None:
        self.errors = (self.folder / "stderr.txt").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("worker.py")), str(self.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            bufsize=1,
        )
        self.lines: queue.Queue[str] = queue.Queue()
        self.listener = threading.Thread(target=self._listen, daemon=True)
        self.listener.start()
        if self._line(120) != '"ready"\n':
            said = self.last_words()
            self.stop()
            raise RuntimeError(f"the worker did not start: {said}")

    def _line(self, seconds: float) -> str | None:
        """Its next line; empty if it has ended, None if it says nothing in time."""
        try:
            return self.lines.get(timeout=seconds)
        except queue.Empty:
            return None

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put("")

    def batch(self, number: int, first: int, count: int) -> Iterator[tuple[int, str, str]]:
        """(seed, what, words) of each damaged copy; ends early if the process did."""
        assert self.process.stdin is not None
        seed = first
        self.process.stdin.write(f"{number} {first} {count}\n")
        self.process.stdin.flush()
        while seed < first + count:
            line = self._line(HANG)
            if not line:
                self.process.kill()
                code = self.process.wait()
                yield seed, "hang" if line is None else "crash", f"ended with {code}: {self.last_words()}"
                self.stop()
                self.start()
                return
            _, seed, _, what, said = json.loads(line)
            yield seed, what, said
            seed += 1

    def last_words(self) -> str:
        self.errors.flush()
        self.errors.seek(0)
        return " ".join(self.errors.read().partition("Extension modules:")[0].split())[:1500]

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.listener.join()
        for stream in (self.process.stdin, self.process.stdout, self.errors):
            if stream is not None:
                stream.close()


def run(folder: Path, known: list[Sample], seed: int = 0, seconds: float = 0.0, rounds: int = 1) -> Outcome:
    """Damage and open files for so many seconds, but `BATCH` of every format as often as `rounds` says.

    Parameters
    ----------
    folder
        For files on the way.
    known
        The sound files.
    seed
        The first; the same seeds give the same files.
    seconds
        When these are over, no batch is begun.
    rounds
        At least.
    """
    write_samples(folder, known)
    worker = Worker(folder)
    outcome = Outcome()
    end = time.monotonic() + seconds
    try:
        first = seed
        least = seed + rounds * BATCH
        while first < least or time.monotonic() < end:
            for number, sample in enumerate(known):
                if first >= least and time.monotonic() > end:
                    break
                at = first
                while at < first + BATCH:  # a batch that a crash has cut short goes on behind it
                    for last, what, said in worker.batch(number, at, first + BATCH - at):
                        outcome.add(sample, last, what, said)
                        at = last + 1
            first += BATCH
    finally:
        worker.stop()
    return outcome


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="formats whose name holds this")
    parser.add_argument("--keep", type=Path, help="a folder for what did harm, each in a folder of its own")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sound = itertools.chain(samples(Path(folder)), large_samples(Path(folder)))
        known = [sample for sample in sound if options.only in sample.name]
        outcome = run(Path(folder), known, options.seed, options.seconds)
    print(outcome.table())
    for finding in outcome.findings[:40]:
        print(f"{finding.what}: {finding.sample.name}, seed {finding.seed}: {finding.said[:700]}")
        if options.keep:
            name = f"{finding.sample.name.replace(' ', '_').replace(',', '')}-{finding.seed}"
            finding.sample.write(options.keep / name, finding.sample.damaged(finding.seed)[2])
    print(f"{outcome.inputs} damaged files, {len(outcome.findings)} findings")
    return 1 if outcome.findings else 0


if __name__ == "__main__":
    sys.exit(main())
