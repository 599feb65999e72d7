"""A simulated scan, and what the published workflow makes of it, for graineye to be laid beside."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import graineye as ge
from graineye.progress import silent

Image = NDArray[np.floating[Any]]

PIXEL = 1
"""The published workflow reports every position so many pixels low, along y and x."""
BORDER = 16
"""px; radius of the template. Nearer to the border, the published correlation wraps round."""
COUNT = 300
"""Disk positions at most, to save time; a frame of 128 px has less than the published 500."""
TOLERANCE = 1e-5
"""Of a map's largest magnitude."""


@dataclass(frozen=True)
class SideBySide:
    """A scan as graineye opens it, and the published workflow's own results on it, each step from the one before."""

    scan: ge.Scan
    template: Image
    log_sum: Image
    std: Image
    log_std: Image
    beam: NDArray[np.intp]
    """As published: (y, x) low by `PIXEL`."""
    moved_positions: NDArray[np.intp]
    """The published positions moved by `PIXEL`, (k, 2)."""
    dark_fields: Image
    """At `moved_positions`."""
    features: Image
    children: NDArray[np.intp]
    heights: NDArray[np.float64]


@contextmanager
def both_on(path: Path, detector: int) -> Iterator[SideBySide]:
    """Simulate a scan with frames of `detector` px without bad pixels, and run the published workflow on it."""
    import libertem.api as lt
    import published

    options = ge.SimulationOptions(
        scan="16x14", detector=detector, grain_size=3.0, dose=2e4, dead=0, hot=0, seed=detector
    )
    ge.simulate_scan(path, options, silent)
    scan = ge.open_scan(path)
    template = published.template()
    with lt.Context.make_with("threads") as ctx:
        dataset = ctx.load("hdf5", path=str(path), ds_path=scan.dataset_path)
        log_sum, std = published.log_sum(ctx, dataset), published.std_map(ctx, dataset)
        log_std = published.log_scaled(std)
        positions = published.positions(log_std, template, COUNT) + PIXEL
        dark_fields = published.dark_fields(ctx, dataset, positions, template)
    features = published.features(dark_fields)
    tree = published.ward(features, scan.scan_shape)
    yield SideBySide(
        scan=scan,
        template=template,
        log_sum=log_sum,
        std=std,
        log_std=log_std,
        beam=published.positions(log_sum, template, 1)[0],
        moved_positions=positions,
        dark_fields=dark_fields,
        features=features,
        children=tree.children,
        heights=tree.distances,
    )


def correlation_of_own_size(image: Image, template: Image) -> Image:
    """The published correlation, but that the inverse transform is told how many columns there are, (qy, qx)."""
    from libertem_blobfinder.common.patterns import UserTemplate

    spectrum = UserTemplate(template).get_template(image.shape) * np.fft.rfft2(image)
    return np.fft.fftshift(np.fft.irfft2(spectrum, s=image.shape))


def moved(correlation: Image) -> Image:
    """A published correlation map with its peaks where the disks stand."""
    return np.roll(correlation, (PIXEL, PIXEL), (0, 1))


def inside(image: Image) -> Image:
    """What of an image no template at the border reaches."""
    return image[BORDER:-BORDER, BORDER:-BORDER]


def assert_same(found: Image, expected: Image, scale: float | None = None) -> None:
    """Equal within `TOLERANCE` of the largest magnitude of what is expected."""
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=0, atol=TOLERANCE * (scale or np.abs(expected).max()))
