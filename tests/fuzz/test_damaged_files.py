"""Damaged copies of every format, a few of each: `make fuzz` opens more."""

from pathlib import Path

import fuzz_files
from damage import damaged
from samples import samples


def test_a_damaged_file_is_refused_in_one_line_or_gives_a_scan_of_the_right_shape(tmp_path: Path) -> None:
    outcome = fuzz_files.run(tmp_path, list(samples(tmp_path)), rounds=2)
    assert [f"{found.what}: {found.sample.name}, seed {found.seed}: {found.said}" for found in outcome.findings] == []
    assert outcome.inputs == 2 * fuzz_files.BATCH * len(outcome.counts)
    # Neither is all of it refused, nor nothing.
    assert all(counter["refused"] for counter in outcome.counts.values())
    assert sum(counter["sound"] for counter in outcome.counts.values()) > outcome.inputs / 5


def test_the_same_seed_does_the_same_damage() -> None:
    content = bytes(range(256)) * 20
    broken = [damaged(content, seed) for seed in range(300)]
    assert broken == [damaged(content, seed) for seed in range(300)]
    assert sum(found != content for _, found in broken) > 290
    assert {kind for kind, _ in broken} == {"cut", "bit", "bits", "run", "gone", "twice", "number"}
