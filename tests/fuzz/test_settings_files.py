"""Whatever stands in a settings file: settings, or one line that names the file."""

import tempfile
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from graineye import Settings
from graineye.errors import SettingsError
from graineye.settings import SECTIONS, read_toml

SCALARS = st.one_of(
    st.booleans(),
    st.integers(),
    st.integers(-3, 600),
    st.floats(allow_nan=True, allow_infinity=True),
    st.floats(0, 30),
    st.text(max_size=12),
    st.sampled_from(["bullseye", "keep", "drop", "zero", "refuse", "3,4", "0x5"]),
    st.datetimes(timezones=st.just(UTC)),
    st.dates(),
    st.times(),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=5,
)
KNOWN = [name for kind in SECTIONS.values() for name in kind.__dataclass_fields__]
NAMES = st.one_of(
    st.sampled_from(KNOWN), st.sampled_from(KNOWN).map(lambda name: name.replace("_", "-")), st.text(max_size=8)
)
FILES = st.dictionaries(
    st.one_of(st.sampled_from(sorted(SECTIONS)), st.text(max_size=8)),
    st.one_of(VALUES, st.dictionaries(NAMES, VALUES, max_size=4)),
    max_size=4,
)


def _toml(value: Any) -> str:
    """Any value as TOML; tables inside of tables inline."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_string(name)} = {_toml(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return repr(value)


def _string(text: str) -> str:
    return '"' + "".join(f"\\U{ord(c):08x}" for c in text) + '"'


def _opened(content: bytes) -> Settings | None:
    """Settings out of a file; None if it is refused in one line that names it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.toml"
        path.write_bytes(content)
        try:
            return Settings.from_toml(path)
        except SettingsError as error:
            said = str(error)
        assert "\n" not in said
        assert len(said) < 1500
        return None


@settings(max_examples=400, deadline=None)
@given(content=FILES)
def test_any_value_in_any_place_gives_settings_or_one_line(content: dict[str, Any]) -> None:
    opened = _opened("\n".join(f"{_string(name)} = {_toml(value)}" for name, value in content.items()).encode())
    if opened is not None:
        assert Settings.from_dict(opened.to_dict()) == opened


@settings(max_examples=200, deadline=None)
@given(text=st.one_of(st.binary(max_size=60), st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace"))))
def test_any_bytes_give_settings_or_one_line(text: bytes) -> None:
    _opened(text)


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_settings_survive_their_file(data: st.DataObject) -> None:
    section = data.draw(st.sampled_from(sorted(SECTIONS)))
    name = data.draw(st.sampled_from(list(SECTIONS[section].__dataclass_fields__)))
    try:
        chosen = Settings.from_dict({section: {name: data.draw(SCALARS)}})
    except SettingsError:
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "again.toml"
        path.write_text(chosen.to_toml(), encoding="utf-8")
        assert Settings.from_toml(path) == chosen
        assert set(read_toml(path)) == set(SECTIONS)
