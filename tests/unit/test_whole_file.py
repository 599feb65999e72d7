"""A file appears under its name only when it is whole, and what cannot be written is said before."""

import os
import shutil
import stat
from pathlib import Path

import pytest

from graineye.errors import OutputError
from graineye.whole_file import check_place, whole_file


def test_it_appears_only_when_the_writing_has_ended(tmp_path: Path) -> None:
    place = tmp_path / "map.emd"
    with whole_file(place) as temporary:
        temporary.write_bytes(b"half")
        assert not place.exists()
        assert temporary.parent == tmp_path
        temporary.write_bytes(b"whole")
    assert place.read_bytes() == b"whole"
    assert list(tmp_path.iterdir()) == [place]


def test_an_older_one_stays_until_then(tmp_path: Path) -> None:
    place = tmp_path / "map.emd"
    place.write_bytes(b"older")
    with whole_file(place) as temporary:
        temporary.write_bytes(b"newer")
        assert place.read_bytes() == b"older"
    assert place.read_bytes() == b"newer"


@pytest.mark.parametrize("reason", [ValueError("wrong"), KeyboardInterrupt(), SystemExit(3)])
def test_whatever_interrupts_leaves_nothing_and_is_not_hidden(tmp_path: Path, reason: BaseException) -> None:
    place = tmp_path / "map.emd"
    place.write_bytes(b"older")

    def write_half() -> None:
        with whole_file(place) as temporary:
            temporary.write_bytes(b"half")
            raise reason

    with pytest.raises(type(reason)) as caught:
        write_half()
    assert caught.value is reason
    assert place.read_bytes() == b"older"
    assert list(tmp_path.iterdir()) == [place]


def test_a_full_disk_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="No space left") as refusal, whole_file(tmp_path / "map.emd"):
        raise OSError(28, "No space left on device")
    assert str(refusal.value).startswith(f"{tmp_path / 'map.emd'}: ")
    assert list(tmp_path.iterdir()) == []


def test_where_there_is_no_folder_nothing_is_begun(tmp_path: Path) -> None:
    begun = []
    with pytest.raises(OutputError, match="No such file or directory"), whole_file(tmp_path / "none" / "map.emd"):
        begun.append(1)
    assert begun == []


def test_a_folder_of_that_name_stays(tmp_path: Path) -> None:
    (tmp_path / "map.emd").mkdir()
    with pytest.raises(OutputError, match=r"map\.emd"), whole_file(tmp_path / "map.emd") as temporary:
        temporary.write_bytes(b"whole")
    assert [path.name for path in tmp_path.iterdir()] == ["map.emd"]
    assert (tmp_path / "map.emd").is_dir()


@pytest.mark.skipif(os.name != "posix", reason="modes are those of POSIX")
@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_it_is_as_readable_as_the_user_s_other_files(tmp_path: Path, umask: int, mode: int) -> None:
    before = os.umask(umask)
    try:
        with whole_file(tmp_path / "map.emd") as temporary:
            temporary.write_bytes(b"whole")
        assert os.umask(umask) == umask
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "map.emd").stat().st_mode) == mode


def test_two_writers_do_not_meet(tmp_path: Path) -> None:
    place = tmp_path / "map.emd"
    with whole_file(place) as one, whole_file(place) as other:
        assert one != other
        one.write_bytes(b"one")
        other.write_bytes(b"other")
    assert place.read_bytes() == b"one"  # the outer block ends last
    assert list(tmp_path.iterdir()) == [place]


def test_a_sound_place_is_accepted_and_left_as_it_is(tmp_path: Path) -> None:
    check_place(tmp_path / "map.emd", needed=1000)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=f"there is no folder {tmp_path / 'none'}"):
        check_place(tmp_path / "none" / "map.emd")
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="there is no folder"):
        check_place(tmp_path / "file" / "map.emd")


def test_an_existing_file_is_replaced_only_by_force(tmp_path: Path) -> None:
    (tmp_path / "map.emd").write_bytes(b"older")
    with pytest.raises(OutputError, match="exists already: give --force"):
        check_place(tmp_path / "map.emd")
    check_place(tmp_path / "map.emd", force=True)
    assert (tmp_path / "map.emd").read_bytes() == b"older"


def test_a_folder_is_not_replaced_even_by_force(tmp_path: Path) -> None:
    (tmp_path / "map.emd").mkdir()
    with pytest.raises(OutputError, match="is a folder"):
        check_place(tmp_path / "map.emd", force=True)


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The superuser may write everywhere, so the system's answer is given here.
    monkeypatch.setattr(os, "access", lambda path, mode: not (Path(path) == tmp_path and mode == os.W_OK))
    with pytest.raises(OutputError, match=f"{tmp_path} is not writable"):
        check_place(tmp_path / "map.emd")


@pytest.mark.parametrize(("needed", "fits"), [(5_000_000, True), (5_000_001, False)])
def test_a_full_disk_is_known_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, needed: int, fits: bool) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: type("Usage", (), {"free": 5_000_000}))
    if fits:
        check_place(tmp_path / "map.emd", needed)
    else:
        with pytest.raises(OutputError, match=f"5 MB are free in {tmp_path}"):
            check_place(tmp_path / "map.emd", needed)
