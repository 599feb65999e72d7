"""`graineye show`: one picture of a scan, as PNG or in a window."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from graineye.cli.flags import NO_FLAGS, SettingsFlags, settings_of
from graineye.settings import Opening, parse_pair

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from graineye.progress import Progress
    from graineye.scan import Scan
    from graineye.settings import Settings

Picture = Literal["log-sum", "mean", "std", "frame", "counts", "probe", "template", "correlation", "disks"]


def show(
    scan: Path,
    *,
    picture: Picture | None = None,
    frame: str | None = None,
    out: Path | None = None,
    window: bool = False,
    config: Path | None = None,
    classic: bool = False,
    cpus: int | None = None,
    cluster: str | None = None,
    force: bool = False,
    quiet: bool = False,
    opening: Annotated[Opening, Parameter(name="*", group="Reading the file")] = Opening(),  # noqa: B008
    settings: SettingsFlags = NO_FLAGS,
) -> None:
    """Draw one picture of a scan and write it as NAME.PICTURE.png.

    Parameters
    ----------
    scan
        File of the scan.
    picture
        log-sum (the default), mean or std of all frames; one frame; the counts of every frame as a map of the scan; the
        probe image in the file; the template; the correlation of the log-sum with it; the disk positions.
    frame
        Draw the frame at scan position Y,X.
    out
        File to write, as its suffix says: .png, .svg, .pdf.
    window
        Open a window instead.
    config
        TOML file of settings; flags override it.
    classic
        Take the published method's settings.
    cpus
        Threads that read frames; one a core by default.
    cluster
        Run passes on a Dask cluster: tcp://host:port of its scheduler, or local:N for N processes of this machine.
    force
        Replace an existing file.
    quiet
        No progress.
    """
    chosen = settings_of(settings, config, classic)
    what: Picture = picture or ("log-sum" if frame is None else "frame")
    at = None if frame is None else parse_pair(frame, "--frame")
    path = out or Path(f"{scan.stem}.{what}.png" if at is None else f"{scan.stem}.frame-{at[0]}-{at[1]}.png")
    if not window:
        from graineye.whole_file import check_place

        check_place(path, force=force)

    from graineye.figures.saving import choose_backend, save_picture, show_window
    from graineye.progress import shown
    from graineye.scan import open_scan

    choose_backend(window)
    opened = open_scan(scan, cpus=cpus, cluster=cluster, **vars(opening))
    with shown(quiet) as progress:
        axes = _drawn(opened, what, at, chosen, progress)
    if window:
        show_window()
    else:
        save_picture(axes, path)
        print(f"picture: {path}")


def _drawn(
    scan: "Scan", picture: Picture, at: tuple[int, int] | None, settings: "Settings", progress: "Progress"
) -> "Axes":
    from graineye.errors import TemplateError
    from graineye.figures import draw_pattern, draw_template
    from graineye.probe_choice import template_for

    match picture:
        case "frame":
            y, x = at or (scan.shape[0] // 2, scan.shape[1] // 2)
            axes = draw_pattern(scan.frame(y, x), scan.calibration, f"frame at y={y}, x={x}", "counts")
        case "probe":
            if scan.probe is None:
                raise TemplateError(f"{scan.path}: no probe image in the file: take --picture template instead")
            axes = draw_pattern(scan.probe, scan.calibration, "probe", "counts")
        case "template":
            axes = draw_template(template_for(scan, settings.probe).image)
        case _:
            axes = _drawn_of_all_frames(scan, picture, settings, progress)
    return axes


def _drawn_of_all_frames(scan: "Scan", picture: Picture, settings: "Settings", progress: "Progress") -> "Axes":
    """A picture that takes a pass over the scan."""
    from graineye.disks import locate_disks
    from graineye.figures import draw_disks, draw_pattern, draw_scan_image
    from graineye.passes import statistics
    from graineye.probe_choice import template_for

    calibration = scan.calibration
    found = statistics(scan, progress)
    match picture:
        case "counts":
            return draw_scan_image(found.total_counts, calibration, "counts a frame", "counts")
        case "mean":
            return draw_pattern(found.mean, calibration, "mean of all frames", "counts")
        case "std":
            return draw_pattern(found.std, calibration, "standard deviation over the scan", "counts")
        case "log-sum":
            return draw_pattern(found.log_sum, calibration, "sum of log-scaled frames", "log counts")
    template = template_for(scan, settings.probe)
    located = locate_disks(found, template, settings.disks, scan.excluded_pixels)
    if picture == "correlation":
        title = "correlation of the log-sum with the template"
        return draw_pattern(located.correlation_of_log_sum, calibration, title, "log counts")
    return draw_disks(found.std, located.disks.positions, located.beam.position, template.bright_radius, calibration)
