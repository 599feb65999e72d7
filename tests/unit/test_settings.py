"""Settings: defaults, ranges, what a file may say, and messages that a person can act on."""

import subprocess
import sys
from dataclasses import FrozenInstanceError, fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graineye.errors import SettingsError
from graineye.settings import (
    SECTIONS,
    CutSettings,
    DisksSettings,
    ProbeSettings,
    ScanSettings,
    Settings,
    parse_pair,
    parse_roi,
    read_toml,
)

lengths = st.floats(0, 1e6)


@st.composite
def probes(draw: st.DrawFn) -> ProbeSettings:
    radii = sorted(draw(st.lists(st.floats(0.5, 1e4), min_size=3, max_size=3)))
    return ProbeSettings(
        source=draw(st.text(st.characters(exclude_categories=("Cs",)))),
        spot_radius=radii[0],
        ring_inner=radii[1],
        ring_outer=radii[2],
        excluded_radius=radii[2] + draw(st.floats(1, 100)),
        bar_width=draw(lengths),
        bar_count=draw(st.integers(0, 64)),
        bar_angle=draw(st.floats(-360, 360)),
    )


cuts = st.one_of(
    st.builds(CutSettings, relative=lengths, distance=st.none() | lengths, min_size=st.integers(0, 10**9)),
    st.builds(CutSettings, relative=lengths, count=st.integers(1, 10**9), min_size=st.integers(0, 10**9)),
)
disks = st.builds(
    DisksSettings,
    count=st.integers(1, 10**9),
    min_distance=st.integers(1, 10**6),
    border=st.sampled_from(["drop", "keep"]),
)
any_settings = st.builds(
    Settings,
    scan=st.builds(ScanSettings, bad_values=st.sampled_from(["refuse", "zero"])),
    probe=probes(),
    disks=disks,
    cut=cuts,
)


def refused(values: dict[str, Any]) -> str:
    with pytest.raises(SettingsError) as refusal:
        Settings.from_dict(values, source="my.toml")
    message = str(refusal.value)
    assert "\n" not in message
    return message


def test_the_defaults_are_the_documented_ones() -> None:
    values = Settings().to_dict()
    assert values["scan"] == {"bad-values": "refuse"}
    assert values["probe"] == {
        "source": "auto",
        "spot-radius": 2.8,
        "ring-inner": 8.0,
        "ring-outer": 11.5,
        "excluded-radius": 16.0,
        "bar-width": 3.0,
        "bar-count": 2,
        "bar-angle": 0.0,
    }
    assert values["disks"] == {"count": 500, "min-distance": 1, "border": "drop"}
    assert values["cut"] == {"relative": 10.0, "min-size": 0}


def test_the_classic_settings_are_the_published_notebook_s() -> None:
    classic = Settings.classic()
    assert classic.probe == ProbeSettings(source="bullseye")
    assert (classic.disks.count, classic.disks.min_distance, classic.disks.border) == (500, 1, "keep")
    assert classic.cut.distance == 200


def test_settings_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings().cut.relative = 3.0  # type: ignore[misc]


@given(settings=any_settings)
def test_settings_come_back_from_toml_and_from_a_dict(
    tmp_path_factory: pytest.TempPathFactory, settings: Settings
) -> None:
    path = tmp_path_factory.getbasetemp() / "settings.toml"
    path.write_text(settings.to_toml(), encoding="utf-8")
    assert Settings.from_toml(path) == settings
    assert Settings.from_dict(settings.to_dict()) == settings


def test_numbers_of_numpy_are_written_as_numbers(tmp_path: Path) -> None:
    settings = Settings(
        probe=ProbeSettings(bar_width=np.float32(2.5)),
        disks=DisksSettings(count=np.int64(70)),
        cut=CutSettings(distance=np.float64(12.5), min_size=np.uint16(3)),
    )
    (tmp_path / "a.toml").write_text(settings.to_toml(), encoding="utf-8")
    assert Settings.from_toml(tmp_path / "a.toml") == settings


def test_what_is_not_named_keeps_its_default(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("[cut]\nrelative = 7\n[disks]\nmin_distance = 3\n", encoding="utf-8")
    settings = Settings.from_toml(str(tmp_path / "a.toml"))
    assert settings == Settings(cut=CutSettings(relative=7.0), disks=DisksSettings(min_distance=3))
    assert isinstance(settings.cut.relative, float)
    assert read_toml(tmp_path / "a.toml") == {"cut": {"relative": 7.0}, "disks": {"min_distance": 3}}
    assert Settings.from_dict({}) == Settings()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ({"cut": {"relativ": 3}}, "cut.relative"),
        ({"cut": {"minsize": 3}}, "cut.min-size"),
        ({"disks": {"min-distanse": 3}}, "disks.min-distance"),
        ({"probe": {"ring-outter": 3}}, "probe.ring-outer"),
        ({"probe": {"bar_widht": 3}}, "probe.bar-width"),
        ({"prob": {"source": "disk"}}, "probe"),
        ({"disk": {"count": 3}}, "disks"),
    ],
)
def test_a_misspelt_name_is_answered_with_the_nearest(typed: dict[str, Any], meant: str) -> None:
    message = refused(typed)
    assert message.startswith("my.toml: ")
    assert f"did you mean {meant}?" in message


def test_a_name_like_none_is_answered_with_all() -> None:
    assert "cut.relative, cut.distance, cut.count, cut.min-size" in refused({"cut": {"zzzzz": 1}})
    assert all(section in refused({"qqqqq": {}}) for section in SECTIONS)


@pytest.mark.parametrize(
    ("values", "fact"),
    [
        ({"cut": {"relative": "ten"}}, "cut.relative is 'ten': it must be float"),
        ({"cut": {"relative": True}}, "cut.relative is True"),
        ({"cut": {"count": 2.5}}, "cut.count is 2.5: it must be int"),
        ({"disks": {"count": "many"}}, "disks.count is 'many': it must be int"),
        ({"disks": {"count": 1.0}}, "disks.count is 1.0"),
        ({"disks": {"border": "perhaps"}}, "disks.border is 'perhaps': it must be one of drop, keep"),
        ({"disks": {"border": ["drop"]}}, "disks.border"),
        ({"scan": {"bad-values": "keep"}}, "refuse, zero"),
        ({"probe": {"source": 3}}, "probe.source is 3: it must be str"),
        ({"cut": 7}, "[cut] must be a table"),
        ({"cut": {"count": 0}}, "cut.count is 0: it must be at least 1"),
        ({"cut": {"relative": -1.0}}, "cut.relative is -1: it must be at least 0"),
        ({"cut": {"distance": float("nan")}}, "cut.distance is nan"),
        ({"cut": {"distance": float("inf")}}, "cut.distance is inf"),
        ({"cut": {"min-size": -1}}, "cut.min-size is -1"),
        ({"cut": {"distance": 5, "count": 5}}, "cut.distance and cut.count are both set"),
        ({"disks": {"min-distance": 0}}, "disks.min-distance is 0 px: it must be at least 1 px"),
        ({"probe": {"bar-count": 65}}, "probe.bar-count is 65: it must be between 0 and 64"),
        ({"probe": {"bar-angle": 400}}, "probe.bar-angle is 400 degrees"),
        ({"probe": {"spot-radius": -0.1}}, "probe.spot-radius is -0.1 px: it must be at least 0 px"),
        ({"probe": {"ring-inner": 2}}, "probe.ring-inner is 2 px: it must be at least 2.8 px"),
        ({"probe": {"ring-outer": 7}}, "probe.ring-outer is 7 px: it must be at least 8 px"),
        ({"probe": {"excluded-radius": 12}}, "probe.excluded-radius is 12 px: it must be at least 12.5 px"),
    ],
)
def test_what_cannot_be_is_refused_with_the_fact(values: dict[str, Any], fact: str) -> None:
    assert fact in refused(values)


@pytest.mark.parametrize("content", [b"[cut\n", b"relative = ", b"\xff\xfe", b"a = 1\na = 2\n"])
def test_a_file_that_is_no_toml_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.toml").write_bytes(content)
    with pytest.raises(SettingsError, match=r"a\.toml: "):
        Settings.from_toml(tmp_path / "a.toml")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(SettingsError, match="cannot be read"):
            Settings.from_toml(path)


@pytest.mark.parametrize(
    ("text", "pair"), [("100,84", (100, 84)), ("100x84", (100, 84)), (" 7 , 5 ", (7, 5)), ("1,1", (1, 1))]
)
def test_a_pair_is_two_whole_numbers(text: str, pair: tuple[int, int]) -> None:
    assert parse_pair(text, "--nav-shape") == pair


@pytest.mark.parametrize("text", ["", "5", "5,", "5,6,7", "a,b", "2.5,3", "5;6", "5 6"])
def test_what_is_no_pair_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match=r"--nav-shape is .*for example 100,84"):
        parse_pair(text, "--nav-shape")


@pytest.mark.parametrize(
    ("text", "roi"),
    [
        ("0:50,10:60", (slice(0, 50), slice(10, 60))),
        (":,:", (slice(None, None), slice(None, None))),
        ("5:,:7", (slice(5, None), slice(None, 7))),
        (" 1 : 2 , 3 : 4 ", (slice(1, 2), slice(3, 4))),
    ],
)
def test_a_region_of_interest_is_two_ranges(text: str, roi: tuple[slice, slice]) -> None:
    assert parse_roi(text) == roi


@pytest.mark.parametrize("text", ["", "5", "5,6", "0:5", "0:5,6", "5,0:6", "0:5,0:6,0:7", "a:b,0:5", "0:1:2,0:5", ","])
def test_what_is_no_region_of_interest_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match=r"--roi is .*for example 0:50,10:60"):
        parse_roi(text)


def test_every_section_is_a_field_of_the_settings() -> None:
    assert {f.name for f in fields(Settings)} == set(SECTIONS)
    assert all(type(getattr(Settings(), name)) is kind for name, kind in SECTIONS.items())


def test_settings_and_errors_load_the_standard_library_only() -> None:
    heavy = ("numpy", "scipy", "numba", "h5py", "pandas", "libertem", "matplotlib", "rich", "cyclopts")
    code = f"import sys, graineye.settings, graineye.errors; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
