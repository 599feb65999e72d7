"""Every error that graineye raises on purpose, worded for a person.

Each message is one line: the file, the fact, the remedy. The command line prints that line and nothing else.

* `GraineyeError`

  * `ScanError`: a scan cannot be opened or read

    * `NoScanFound`: the file holds nothing that looks like a scan
    * `SeveralScans`: the file holds more than one
    * `BadValues`: frames hold NaN or Inf

  * `TemplateError`: a probe or aperture gives no usable template
  * `BeamNotFound`: no frame shows a zero-order beam
  * `SettingsError`: a setting is misspelt or out of range
  * `ResultError`: a results file cannot be read
  * `OutputError`: something cannot be written
  * `ScoreError`: a map and a truth cannot be compared
"""


class GraineyeError(Exception):
    """Anything that graineye refuses, in one line."""

    def __init__(self, message: str) -> None:
        line = " ".join(message.split())
        # Names come from files, and a terminal obeys some characters.
        super().__init__("".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line))


class ScanError(GraineyeError):
    """A scan cannot be opened or read."""


class NoScanFound(ScanError):
    """The file holds nothing that looks like a scan."""


class SeveralScans(ScanError):
    """The file holds several scans and none was named."""


class BadValues(ScanError):
    """Frames hold NaN or Inf."""


class TemplateError(GraineyeError):
    """A probe or aperture gives no usable template."""


class BeamNotFound(GraineyeError):
    """No zero-order beam stands out of the frames."""


class SettingsError(GraineyeError):
    """A setting is misspelt or out of range."""


class ResultError(GraineyeError):
    """A results file cannot be read."""


class OutputError(GraineyeError):
    """Something cannot be written."""


class ScoreError(GraineyeError):
    """A map and a truth cannot be compared."""
