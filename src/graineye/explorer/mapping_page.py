"""A scan that is mapped while the page is open: how far each step is, then the result, or why there is none."""

import html
import threading

from graineye.errors import GraineyeError
from graineye.explorer.theme import Theme
from graineye.results import CrystalliteMap
from graineye.scan import Scan
from graineye.settings import Settings


class Mapping:
    """The mapping of a scan, in a thread of its own.

    Attributes
    ----------
    steps
        Name of every step that has begun: how many of its pieces are done, and of how many.
    result
        None until it is there.
    failed
        Why there is no result; empty unless it failed.
    """

    def __init__(self, scan: Scan, settings: Settings) -> None:
        self._scan, self._settings = scan, settings
        self.steps: dict[str, tuple[int, int]] = {}
        self.result: CrystalliteMap | None = None
        self.failed = ""

    def start(self) -> None:
        """Begin."""
        threading.Thread(target=self.run, daemon=True).start()

    def run(self) -> None:
        """Map the scan, to its end."""
        from graineye.mapping import map_crystallites

        try:
            self.result = map_crystallites(self._scan, self._settings, self._progress)
        except GraineyeError as error:
            self.failed = str(error)
        except Exception as error:  # a page that waits for ever says nothing
            self.failed = f"{type(error).__name__}: {error}: a defect; graineye run --debug shows where"

    def _progress(self, stage: str, done: int, total: int) -> None:
        self.steps[stage] = (done, total)

    def html(self, theme: Theme) -> str:
        """What the page shows of it."""
        name = html.escape(self._scan.path.name)
        if self.failed:
            return f'<h2 style="font-size:18px">{name} cannot be mapped</h2><p>{html.escape(self.failed)}</p>'
        bars = "".join(_bar(stage, done / max(total, 1), theme) for stage, (done, total) in dict(self.steps).items())
        return f'<h2 style="font-size:18px">Mapping {name}</h2>{bars}<p>The views appear when it is done.</p>'


def _bar(stage: str, share: float, theme: Theme) -> str:
    return (
        f'<div style="margin:6px 0"><div style="display:inline-block;width:160px">{html.escape(stage)}</div>'
        f'<div style="display:inline-block;width:300px;height:10px;background:{theme.line};border-radius:5px">'
        f'<div style="width:{300 * share:.0f}px;height:10px;background:{theme.accent};border-radius:5px"></div></div>'
        f" {100 * share:.0f} %</div>"
    )
