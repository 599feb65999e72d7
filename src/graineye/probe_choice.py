"""Which template a scan is searched with: the one that was asked for, else the one that its own beam shows.

The probe's image in the scan's file comes before the beam in the mean frame.
"""

import numpy as np
from numpy.typing import NDArray

from graineye.errors import TemplateError
from graineye.probe.calibrating import FittedProbe, fit_probe
from graineye.probe.measured import read_probe, template_from_probe
from graineye.probe.template import Template, bullseye, disk
from graineye.scan import Scan
from graineye.settings import ProbeSettings


def probe_of(scan: Scan, mean: NDArray[np.float32]) -> FittedProbe | None:
    """Which aperture the probe's image in the scan's file shows, else the beam in the mean frame (qy, qx).

    None where no beam stands out of it.
    """
    image, source = (mean, "beam in the mean frame") if scan.probe is None else (scan.probe, "probe image")
    try:
        return fit_probe(image, f"{scan.path}, {source}")
    except TemplateError:
        return None


def template_for(scan: Scan, probe: ProbeSettings, fitted: FittedProbe | None = None) -> Template:
    """The template that the settings ask for: the probe in the scan's file, a bullseye, a disk, or an image's.

    Parameters
    ----------
    scan
        An open scan.
    probe
        The settings; where they leave the choice and the file has no probe image, what was fitted is taken.
    fitted
        From `probe_of`; without it, that is the bullseye of the settings.

    Raises
    ------
    TemplateError
        If the source has no probe, or it gives no template that fits into a frame.
    """
    if probe.source == "file" and scan.probe is None:
        raise TemplateError(f"{scan.path}: no probe image in the file: take --probe.source bullseye, disk, or an image")
    if probe.source in ("auto", "file") and scan.probe is not None:
        template = template_from_probe(scan.probe, f"{scan.path}, probe image")
    elif probe.source == "auto" and fitted is not None:
        template = fitted.template
    elif probe.source in ("auto", "bullseye"):
        template = bullseye(
            probe.spot_radius,
            probe.ring_inner,
            probe.ring_outer,
            probe.excluded_radius,
            probe.bar_width,
            probe.bar_count,
            probe.bar_angle,
        )
    elif probe.source == "disk":
        template = disk(probe.ring_outer, probe.excluded_radius)
    else:
        template = template_from_probe(read_probe(probe.source), probe.source)
    if any(t > f for t, f in zip(template.image.shape, scan.frame_shape, strict=True)):
        raise TemplateError(
            f"{scan.path}: the template ({template.source}) is {template.image.shape[0]} x {template.image.shape[1]} px, "
            f"a frame {scan.frame_shape[0]} x {scan.frame_shape[1]} px: give smaller radii or a probe image"
        )
    return template
