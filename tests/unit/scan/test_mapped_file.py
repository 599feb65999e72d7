"""A file is mapped once for as long as it is used, anew where it is sent to, and never read past its end."""

import copy
import os
from pathlib import Path

import pytest

from graineye.scan import mapped_file
from graineye.scan.mapped_file import MappedFile

CONTENT = bytes(range(256)) * 80


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "frames").write_bytes(CONTENT)
    return tmp_path / "frames"


@pytest.mark.parametrize(("begin", "end"), [(0, len(CONTENT)), (5000, 5001), (4096, 8192), (4095, 12_289)])
def test_bytes_are_those_of_the_file_wherever_pages_begin(path: Path, begin: int, end: int) -> None:
    assert MappedFile(str(path)).bytes_with(begin, end)[begin:end] == CONTENT[begin:end]


def test_it_is_mapped_once(path: Path) -> None:
    file = MappedFile(str(path))
    assert file.bytes_with(0, 10) is file.bytes_with(5000, 6000)


def test_one_that_was_sent_elsewhere_is_mapped_there(path: Path) -> None:
    file = MappedFile(str(path))
    mapped = file.bytes_with(0, 10)
    sent = copy.copy(file).bytes_with(0, 10)
    assert sent is not mapped
    assert sent[:] == CONTENT


def test_a_file_that_has_become_shorter_is_refused_where_it_is_missing(path: Path) -> None:
    file = MappedFile(str(path))
    file.bytes_with(0, len(CONTENT))
    os.truncate(path, 10_000)
    with pytest.raises(OSError, match=f"ends before byte {len(CONTENT)}"):
        file.bytes_with(9000, len(CONTENT))
    assert file.bytes_with(0, 100)[:100] == CONTENT[:100]


def test_a_file_that_has_become_empty_before_it_was_mapped_is_refused(path: Path) -> None:
    file = MappedFile(str(path))
    os.truncate(path, 0)
    with pytest.raises(OSError, match="ends before byte 10"):
        file.bytes_with(0, 10)


def test_a_system_that_maps_page_by_page_reads_the_same(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mapped_file, "_POPULATE_READ", 9999)
    assert MappedFile(str(path)).bytes_with(0, len(CONTENT))[:] == CONTENT
