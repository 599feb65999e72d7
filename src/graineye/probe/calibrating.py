"""A probe that calibrates itself: which aperture an image of the beam shows, how large, and the template of it.

The image is the probe's of the scan's file, or the mean frame of the scan, in which the beam is found.
"""

from dataclasses import dataclass, replace
from math import log

import numpy as np
from numpy.typing import NDArray

from graineye.probe.aperture import Aperture
from graineye.probe.finding import RoughBeam, find_rough_beam
from graineye.probe.fitting import Fit, Window, fit_aperture, smear_of
from graineye.probe.measured import template_from_probe
from graineye.probe.starting import start_bars, start_radii
from graineye.probe.template import Template, template_of

Floats = NDArray[np.float64]

_REACH = 1.35
"""Rough radii about the beam that are fitted, and a few px more; diffracted disks come nearer to each other rarely."""
_MORE = 3.0
_WORTH = 0.01
"""Share of the image's variance that a less simple aperture must explain beyond a simpler one."""
_TRIALS = 2.0
"""Times the numbers of a less simple aperture that count as fitted: it begins at the best of many radii."""
_GOOD = 0.9
"""An aperture that explains less of the image's variance, noise set aside, is warned of: a descan of many px, or thick."""
_ALIKE = 0.8
"""One that explains less is not what the image shows: three holes give 0.3 at most, bullseyes smeared by 5 px 0.88."""


@dataclass(frozen=True)
class FittedProbe:
    """What an image of the beam shows.

    Attributes
    ----------
    aperture
        Its kind, radii, bars, blur and stretch. An aperture of kind "image" is like none that has a name: only its outer
        radius is known, and the image is the template.
    centre
        (y, x) of the beam in the image, px.
    goodness
        Share of the image's variance about the beam that the best fitting aperture explains, noise set aside where known.
    template
        To find disks with.
    image, model
        (size, size) about the beam: what was seen, and the best fitting aperture in its place.
    source
        Where the image comes from, in words.
    """

    aperture: Aperture
    centre: tuple[float, float]
    goodness: float
    template: Template
    image: Floats
    model: Floats
    source: str

    @property
    def warning(self) -> str | None:
        """What is to be said of a poor fit; None of a good one."""
        if self.goodness >= _GOOD:
            return None
        if self.aperture.kind != "image":
            return (
                f"{self.source}: the {self.aperture.kind} that fits best explains {self.goodness:.0%} of the beam's image: "
                "look at the template, or name the aperture with --probe.source"
            )
        return (
            f"{self.source}: the beam looks like no disk, ring or bullseye (the best explains {self.goodness:.0%} of its "
            "image), so the image itself is the template: look at it, or name the aperture with --probe.source"
        )


def fit_probe(
    image: NDArray[np.generic],
    source: str = "array",
    variance: NDArray[np.floating] | None = None,
    places: NDArray[np.floating] | None = None,
) -> FittedProbe:
    """Find the beam in an image, and the aperture that it is an image of.

    Spot, disk, annulus and bullseye are fitted; the simplest is taken that the others do not better by 1 % of the
    image's variance.

    Parameters
    ----------
    image
        (qy, qx) counts: a probe image, or the mean frame of a scan.
    source
        Where it comes from, for messages.
    variance
        (qy, qx) of the noise of `image`; by default whole numbers follow Poisson's law, and others have no noise.
    places
        (..., 2) as (y, x) px: where the beam stands in each of the frames of which `image` is the mean. What a descan
        smears is then fitted sharp; unknown, it passes for a blur and, of small apertures, for a stretch.

    Raises
    ------
    TemplateError
        If the image is not two-dimensional, holds NaN, or nothing but single pixels stands out in it.
    """
    beam = find_rough_beam(image, source, variance)
    middle, window, of_noise = _window(beam)
    if places is not None:
        window = replace(window, smear=smear_of(places, len(window.image)))
    rough = (beam.centre[0] - middle[0], beam.centre[1] - middle[1])
    fits = [fit_aperture(window, start, rough) for start in _starts(window, rough, beam.radius)]
    seen = window.image[window.sound]
    total = float(((seen - seen.mean()) ** 2).sum())
    noise = float(of_noise[window.sound].sum())
    fit = _simplest(fits, total - noise, len(seen))
    round_one = fit_aperture(window, fit.aperture, fit.shift, stretched=False)
    fit = fit if _better_than_chance(round_one, fit, len(seen)) else round_one
    goodness = float(np.clip((total - max(fit.left, noise)) / max(total - noise, 1e-12 * total), 0.0, 1.0))
    if goodness < _ALIKE:
        aperture = Aperture("image", beam.radius)
        centre, template = beam.centre, template_from_probe(_alone(window, rough, beam.radius), source)
    else:
        aperture = fit.aperture
        centre = (middle[0] + fit.shift[0], middle[1] + fit.shift[1])
        template = template_of(aperture, source)
    return FittedProbe(aperture, centre, goodness, template, window.image, fit.model, source)


def beam_image(frame: NDArray[np.generic], source: str = "array") -> Floats:
    """The zero-order beam of a mean frame by itself, as if no specimen were there.

    Parameters
    ----------
    frame
        (qy, qx) mean of the scan's frames.
    source
        Where it comes from, for messages.

    Returns
    -------
    (size, size), the beam in the middle to about a pixel, the background about it taken off and nothing beyond.

    Raises
    ------
    TemplateError
        If the frame is not two-dimensional, holds NaN, or nothing but single pixels stands out in it.
    """
    beam = find_rough_beam(frame, source)
    middle, window, _ = _window(beam)
    return _alone(window, (beam.centre[0] - middle[0], beam.centre[1] - middle[1]), beam.radius)


def _window(beam: RoughBeam) -> tuple[tuple[int, int], Window, Floats]:
    """The pixel in its middle, what is to be fitted, and the noise there; pixels beyond the frame are not sound."""
    y, x = (round(c) for c in beam.centre)
    reach = _REACH * beam.radius + _MORE
    half = int(np.ceil(reach)) + 1

    def cut(values: NDArray[np.generic]) -> NDArray[np.generic]:
        return np.pad(values, half)[y : y + 2 * half + 1, x : x + 2 * half + 1]

    rows, columns = np.mgrid[-half : half + 1, -half : half + 1]
    near = np.hypot(rows + y - beam.centre[0], columns + x - beam.centre[1]) <= reach
    window = Window(cut(beam.image).astype(np.float64), near & cut(beam.sound).astype(bool))
    return (y, x), window, cut(beam.noise).astype(np.float64)


def _distance(window: Window, shift: tuple[float, float]) -> Floats:
    offset = np.arange(-window.half, window.half + 1, dtype=np.float64)
    return np.asarray(np.hypot(offset[:, None] - shift[0], offset - shift[1]))


def _starts(window: Window, shift: tuple[float, float], radius: float) -> list[Aperture]:
    """What to begin the fits with, the simplest aperture first."""
    starts = [Aperture("spot", 1.7 * radius), Aperture("disk", radius)]
    distance = _distance(window, shift)
    edges = start_radii(window.image[window.sound], distance[window.sound], _REACH * radius + _MORE)
    if edges is not None:
        spot, inner, outer = edges
        bars = start_bars(window.image, (window.half + shift[0], window.half + shift[1]), inner, outer)
        starts.append(Aperture("annulus", outer, inner, bars=bars))
        starts.append(Aperture("bullseye", outer, inner, spot, bars))
    return starts


def _simplest(fits: list[Fit], signal: float, pixels: int) -> Fit:
    """The first of the fits, unless a later one explains more by enough to matter and by more than chance."""
    chosen = fits[0]
    for fit in fits[1:]:
        if chosen.left - fit.left > _WORTH * signal and _better_than_chance(chosen, fit, pixels, _TRIALS):
            chosen = fit
    return chosen


def _better_than_chance(simple: Fit, fit: Fit, pixels: int, trials: float = 1.0) -> bool:
    """Whether a fit betters a simpler one by more than its further numbers do by chance (BIC, Schwarz 1978)."""
    gain = pixels * log(max(simple.left, 1e-300) / max(fit.left, 1e-300))
    return gain > trials * (fit.count - simple.count) * log(pixels)


def _alone(window: Window, shift: tuple[float, float], radius: float) -> Floats:
    """The window less its background, zero beyond the beam."""
    distance = _distance(window, shift)
    about = window.sound & (distance > 1.15 * radius + 1)
    image = window.image - (np.median(window.image[about]) if about.any() else 0.0)
    return np.where(distance <= 1.15 * radius + 2, image, 0.0)
