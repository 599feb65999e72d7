"""Flags out of the dataclasses of settings: a name, a type, a sentence and a default for each.

A flag that was not typed must not override a TOML file, so every field is unset until it is.
"""

from collections.abc import Mapping
from dataclasses import MISSING, Field, asdict, dataclass, field, fields, make_dataclass
from pathlib import Path
from typing import Annotated, Any, Optional

from cyclopts import Parameter
from docstring_parser import parse_from_object

from graineye.settings import SECTIONS, Settings, read_toml

_HERE = {"__module__": __name__}
"""What dataclasses makes would else count as Python's own, which cyclopts does not look into."""


def _flag(setting: "Field[Any]", sentence: str) -> tuple[str, Any, Any]:
    """A field of the same name that is None until it is typed, its help telling the default."""
    default = setting.default
    told = "" if default is MISSING or default is None else f" (default: {default})"
    kind: Any = setting.type
    typed = Annotated[Optional[kind], Parameter(help=f"{sentence}{told}", show_default=False)]  # noqa: UP045
    return setting.name, typed, field(default=None)


def _section(name: str, kind: Any) -> tuple[str, Any, Any]:
    """The section of settings `kind` as a field whose own fields are flags."""
    sentences = {p.arg_name: p.description or "" for p in parse_from_object(kind).params}
    flags = [_flag(setting, sentences.get(setting.name, "")) for setting in fields(kind)]
    section = make_dataclass(f"{name.title()}Flags", flags, frozen=True, namespace=_HERE)
    return name, Annotated[section, Parameter(group=f"Settings: {name}")], field(default=section())


_AllFlags = make_dataclass(
    "AllFlags", [_section(*section) for section in SECTIONS.items()], frozen=True, namespace=_HERE
)
SettingsFlags: Any = Annotated[_AllFlags, Parameter(name="*")]
"""A flag for every setting, in groups as in TOML: --probe.source, --disks.count, ..."""


@Parameter(name="*")
@dataclass(frozen=True)
class CommonFlags:
    """Flags that every long command has."""

    force: bool = False
    """Replace existing files."""
    quiet: bool = False
    """No progress."""
    json: bool = False
    """Print one JSON object on standard output, and nothing else."""


NO_FLAGS: Any = _AllFlags()
"""No setting was typed."""


def settings_of(flags: Any, config: Path | None, classic: bool) -> Settings:
    """The settings that were asked for: typed flags before the TOML file, that before --classic, that before the defaults.

    Parameters
    ----------
    flags
        A `SettingsFlags`.
    config
        A TOML file of settings.
    classic
        Whether to start from the published notebook's settings.

    Raises
    ------
    SettingsError
        If the file cannot be read, or a value is misspelt or out of range.
    """
    merged = asdict(Settings.classic() if classic else Settings())
    if config is not None:
        _override(merged, read_toml(config))
    typed = asdict(flags).items()
    _override(merged, {section: {k: v for k, v in values.items() if v is not None} for section, values in typed})
    return Settings(**{section: SECTIONS[section](**values) for section, values in merged.items()})


def _override(merged: dict[str, dict[str, Any]], chosen: Mapping[str, Mapping[str, Any]]) -> None:
    for section, values in chosen.items():
        if section == "cut" and {"distance", "count"} & set(values):
            # one of the two takes the place of the other that --classic or a file has set
            for name in ("distance", "count"):
                merged["cut"].pop(name, None)
        merged[section].update(values)
