"""Tables of settings for the documentation, out of the dataclasses that the flags come from."""

from dataclasses import MISSING, fields
from typing import Any

from docstring_parser import parse_from_object

from graineye.settings import SECTIONS, Opening


def _rows(kind: Any, prefix: str) -> list[str]:
    sentences = {p.arg_name: p.description or "" for p in parse_from_object(kind).params}
    rows = []
    for setting in fields(kind):
        default = "" if setting.default in (MISSING, None) else f"`{setting.default}`"
        sentence = " ".join(sentences[setting.name].split()).replace("|", "\\|")
        rows.append(f"| `{prefix}{setting.name.replace('_', '-')}` | {default} | {sentence} |")
    return rows


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Put the tables where a page asks for them."""
    head = ["| setting | default | |", "|---|---|---|"]
    settings = [row for name, kind in SECTIONS.items() for row in _rows(kind, f"{name}.")]
    markdown = markdown.replace("<!-- settings -->", "\n".join(head + settings))
    return markdown.replace("<!-- opening -->", "\n".join(["| flag | default | |", head[1], *_rows(Opening, "--")]))
