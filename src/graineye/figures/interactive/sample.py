"""Pictures of the sample: the label map, how many crystallites share a scan position, the wander of the beam."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from bokeh.layouts import row
from bokeh.models import ColorBar, ColumnDataSource, FixedTicker, HoverTool, LinearColorMapper, Row
from bokeh.plotting import figure
from numpy.typing import NDArray

from graineye.crystallites import outline_table
from graineye.crystallites.outlines import polygons
from graineye.figures.colours import OVERLAP_COLOURS, label_colours
from graineye.figures.interactive.canvas import HALF_WIDTH, Plane, Shown, add_image, empty_picture, image_picture


def labels_picture(
    labels: NDArray[np.int32], table: pd.DataFrame, plane: Plane, masks: Iterable[NDArray[np.bool_]] | None = None
) -> figure:
    """The label map: neighbours in different colours, outlines, and each crystallite's numbers on hover.

    Parameters
    ----------
    labels
        (ny, nx); 0 is unassigned.
    table
        Of the crystallites.
    plane
        Of the sample.
    masks
        (ny, nx) of each crystallite, where they overlap: every one under the pointer is outlined and named, and those that
        are nowhere the largest have a dashed line.
    """
    from matplotlib.colors import to_hex

    picture = empty_picture(labels.shape, plane, "Crystallites", colour_bar=False)
    colours = [to_hex(colour) for colour in label_colours(labels)]
    source = ColumnDataSource({"image": [labels.astype(np.int32)]})
    mapper = LinearColorMapper(palette=colours, low=-0.5, high=len(colours) - 0.5)
    drawn = add_image(picture, source, labels.shape, plane, mapper)
    rings = [ring for _, ring in outline_table(labels).groupby(["label", "ring"])]
    picture.multi_line(
        xs=[np.append(ring["x"], ring["x"].iloc[0]) * plane.pixel[1] for ring in rings],
        ys=[np.append(ring["y"], ring["y"].iloc[0]) * plane.pixel[0] for ring in rings],
        line_color="black",
        line_width=0.8,
    )
    if masks is not None:
        _add_masks(picture, masks, table, plane)
        return picture
    unit = "nm" if plane.unit == "nm" else "px"
    for name, column in (("diameter", f"diameter_{unit}"), ("area", "area_px")):
        of_label = np.zeros(len(colours), np.float32)
        of_label[table["label"]] = table[column]
        source.data[name] = [of_label[labels]]
    tips = [
        ("crystallite", "@image"),
        ("equivalent diameter", f"@diameter{{0.0}} {unit}"),
        ("area", "@area{0} scan positions"),
        ("x, y", f"$x{{0.0}}, $y{{0.0}} {plane.unit}"),
    ]
    picture.add_tools(HoverTool(renderers=[drawn], tooltips=tips))
    return picture


def _add_masks(picture: figure, masks: Iterable[NDArray[np.bool_]], table: pd.DataFrame, plane: Plane) -> None:
    """Every mask as a polygon that shows itself and its numbers under the pointer."""
    unit = "nm" if plane.unit == "nm" else "px"
    parts = [_parts_of(mask, plane) for mask in masks]
    data = pd.DataFrame(
        {
            "xs": [[[ring[:, 1].tolist() for ring in part] for part in of_mask] for of_mask in parts],
            "ys": [[[ring[:, 0].tolist() for ring in part] for part in of_mask] for of_mask in parts],
            "label": table["label"],
            "diameter": table[f"diameter_{unit}"],
            "overlapping": 100 * table["overlapping"],
            "share": 100 * table["mean_fraction"],
            "evidence": table["quality"],
        }
    )
    seen = table["largest_px"] > 0
    tips = [
        ("crystallite", "@label"),
        ("equivalent diameter", f"@diameter{{0.0}} {unit}"),
        ("overlapping", "@overlapping{0} % of it"),
        ("mean share of the column", "@share{0} %"),
        ("evidence", "@evidence{0.00}"),
    ]
    drawn = []
    for rows, line in ((data[seen], {"line_alpha": 0.0}), (data[~seen], {"line_dash": "dashed", "line_width": 1.5})):
        drawn.append(
            picture.multi_polygons(
                "xs",
                "ys",
                source=ColumnDataSource(rows.to_dict("list")),
                fill_alpha=0.0,
                line_color="black",
                hover_line_color="white",
                hover_line_alpha=1.0,
                hover_line_width=3,
                hover_fill_color="white",
                hover_fill_alpha=0.25,
                **line,
            )
        )
    picture.add_tools(HoverTool(renderers=drawn, tooltips=tips))


def _parts_of(mask: NDArray[np.bool_], plane: Plane) -> list[list[NDArray[np.float64]]]:
    """Parts of a mask, each as its exterior ring and its holes, corners (y, x) in the unit of the plane."""
    rings = [ring[["y", "x"]].to_numpy() for _, ring in outline_table(mask.astype(np.int32)).groupby("ring")]
    return [[ring * plane.pixel for ring in part] for part in polygons(rings)]


def overlap_picture(crystallites: NDArray[np.integer], plane: Plane) -> figure:
    """How many crystallites share each scan position.

    Parameters
    ----------
    crystallites
        (ny, nx).
    plane
        Of the sample.
    """
    picture = empty_picture(crystallites.shape, plane, "Crystallites at each scan position")
    most = len(OVERLAP_COLOURS) - 1
    source = ColumnDataSource(
        {"image": [np.minimum(crystallites, most).astype(np.uint8)], "number": [crystallites.astype(np.uint8)]}
    )
    mapper = LinearColorMapper(palette=list(OVERLAP_COLOURS), low=-0.5, high=most + 0.5)
    drawn = add_image(picture, source, crystallites.shape, plane, mapper)
    place = f"$x{{0.0}}, $y{{0.0}} {plane.unit}"
    picture.add_tools(HoverTool(renderers=[drawn], tooltips=[("crystallites", "@number"), ("x, y", place)]))
    names = {0: "none", 1: "1", 2: "2", most: f"{most} or more"}
    ticker = FixedTicker(ticks=list(names))
    picture.add_layout(
        ColorBar(color_mapper=mapper, ticker=ticker, major_label_overrides=names, width=14, height=160), "right"
    )
    return picture


@dataclass(frozen=True)
class Wander:
    """The beam in every frame, from some place.

    Attributes
    ----------
    off
        (2, ny, nx) of it (y, x), px; NaN where it was not measured.
    left_out
        (ny, nx) true where the measurement was not used.
    title
        Of the picture, before the axis.
    """

    off: NDArray[np.float64]
    left_out: NDArray[np.bool_]
    title: str


def beam_picture(wander: Wander, plane: Plane) -> Row:
    """Two maps of the beam, y and x, in the same colours; a dot where the measurement was left out.

    Parameters
    ----------
    wander
        The beam.
    plane
        Of the sample.
    """
    used = np.abs(wander.off[:, ~wander.left_out])
    largest = max(float(np.nanquantile(used, 0.995)), 1e-3) if np.isfinite(used).any() else 1e-3
    y, x = np.nonzero(wander.left_out)
    pictures = []
    for axis, name in enumerate("yx"):
        shown = Shown(f"{wander.title}, {name}", name, "px", signed=True, limits=(-largest, largest))
        picture = image_picture(wander.off[axis], plane, shown, colour_bar=axis == 1, widest=HALF_WIDTH)
        picture.scatter(x * plane.pixel[1], y * plane.pixel[0], size=3, color="black")
        pictures.append(picture)
    return row(*pictures)
