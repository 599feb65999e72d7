"""Names of files as text that any terminal, page or log takes."""


def printable(text: object) -> str:
    """Text in one line: control characters, and bytes of a name that are no UTF-8, as escapes."""
    safe = str(text).encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in safe)
