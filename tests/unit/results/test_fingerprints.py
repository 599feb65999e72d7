"""A scan is known again by its size and the checksum of its first and last MiB."""

import hashlib
from pathlib import Path

import pytest

from graineye.results import fingerprint

MIB = 2**20


@pytest.mark.parametrize("size", [0, 10, MIB, MIB + 7, 2 * MIB, 5 * MIB + 3])
def test_the_first_and_the_last_mib_are_summed_up(size: int, tmp_path: Path) -> None:
    content = bytes(range(251)) * (size // 251 + 1)
    (tmp_path / "a").write_bytes(content[:size])
    expected = hashlib.sha256(content[:size][:MIB] + content[:size][-MIB:]).hexdigest()
    assert fingerprint(tmp_path / "a") == (size, expected)


def test_a_change_in_the_last_byte_shows(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(3 * MIB))
    (tmp_path / "b").write_bytes(bytes(3 * MIB - 1) + b"\1")
    assert fingerprint(tmp_path / "a") != fingerprint(tmp_path / "b")


def test_a_folder_has_none(tmp_path: Path) -> None:
    assert fingerprint(tmp_path) == (0, "")
