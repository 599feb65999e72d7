"""A picture becomes a file that is whole, or a window."""

from pathlib import Path
from typing import TYPE_CHECKING

from graineye.errors import OutputError
from graineye.whole_file import whole_file

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DOTS_PER_INCH = 150


def choose_backend(window: bool) -> None:
    """Draw into memory unless a window is wanted, so that no display is needed."""
    import matplotlib

    if not window:
        matplotlib.use("Agg")


def save_picture(axes: "Axes", path: Path) -> None:
    """Write the figure of `axes`, in the format that the suffix names, and close it.

    Raises
    ------
    OutputError
        If the suffix names no format, or the file cannot be written.
    """
    from matplotlib import pyplot as plt

    figure = axes.figure.figure  # of a sub-figure, the whole one
    kind = path.suffix.lower().lstrip(".")
    if kind not in figure.canvas.get_supported_filetypes():
        raise OutputError(f"{path}: no picture format has this suffix: name a .png, .svg or .pdf")
    try:
        with whole_file(path) as temporary:
            figure.savefig(temporary, format=kind, dpi=_DOTS_PER_INCH)
    finally:
        plt.close(figure)


def show_window() -> None:
    """Show what is drawn and wait until the window is closed.

    Raises
    ------
    OutputError
        If there is no display.
    """
    import matplotlib
    from matplotlib import pyplot as plt

    if matplotlib.get_backend().lower() == "agg":
        raise OutputError("no window can be opened here: leave out --window to write a PNG")
    plt.show()
