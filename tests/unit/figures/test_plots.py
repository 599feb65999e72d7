"""`result.plot.labels()` and the like draw what they name, and a result shows itself in a notebook."""

import dataclasses
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt

import graineye as ge

mpl.use("Agg")


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> ge.CrystalliteMap:
    path = tmp_path_factory.mktemp("scan") / "grains.h5"
    ge.simulate_scan(path, ge.SimulationOptions(scan="10x9", detector=96, grain_size=3, columnar=True, dead=0, hot=0))
    settings = ge.Settings.from_dict({"cut": {"count": 4}, "disks": {"count": 30}})
    return ge.map_crystallites(ge.open_scan(path), settings)


@pytest.fixture(scope="module")
def overlapping(tmp_path_factory: pytest.TempPathFactory) -> ge.CrystalliteMap:
    path = tmp_path_factory.mktemp("scan") / "grains.h5"
    ge.simulate_scan(path, ge.SimulationOptions(scan="16x14", detector=128, grain_size=4, dead=0, hot=0))
    return ge.map_crystallites(ge.open_scan(path))


@pytest.fixture(autouse=True)
def _closed() -> None:
    plt.close("all")


def test_images_show_the_arrays_they_name(result: ge.CrystalliteMap) -> None:
    plot = result.plot
    shown = {
        plot.log_sum: result.statistics.log_sum,
        plot.mean: result.statistics.mean,
        plot.std: result.statistics.std,
        plot.counts: result.statistics.total_counts,
        plot.template: result.template.image,
        plot.correlation: result.correlation_of_log_sum,
        plot.correlation_of_std: result.correlation_of_log_std,
    }
    for draw, image in shown.items():
        np.testing.assert_allclose(draw().images[0].get_array(), image, rtol=1e-6)
    np.testing.assert_allclose(plot.dark_field(3).images[0].get_array(), result.dark_fields[..., 3], rtol=1e-6)
    np.testing.assert_allclose(plot.frame(2, 5).images[0].get_array(), result.frame(2, 5))
    assert result.mean_patterns is not None
    np.testing.assert_allclose(plot.pattern(4).images[0].get_array(), result.mean_patterns[3], rtol=1e-6)


def test_the_label_map_has_one_colour_a_crystallite_and_an_outline_round_each(result: ge.CrystalliteMap) -> None:
    ax = result.plot.labels()
    pixels = np.asarray(ax.images[0].get_array())
    for label in range(1, 5):
        assert len(np.unique(pixels[result.labels == label], axis=0)) == 1
    assert len(ax.lines) >= 4
    assert ax.get_title() == "4 crystallites"


def test_disks_are_circles_of_the_bright_radius_at_their_positions(result: ge.CrystalliteMap) -> None:
    ax = result.plot.disks()
    circles = ax.collections[0]
    np.testing.assert_allclose(circles.get_offsets(), result.disks.positions[:, ::-1])
    beam = ax.lines[-1]
    np.testing.assert_allclose((beam.get_ydata()[0], beam.get_xdata()[0]), result.beam.position)


def test_the_curve_of_merges_passes_through_the_cut(result: ge.CrystalliteMap) -> None:
    for cut in (result, result.cut(distance=50.0), result.cut(relative=5.0)):
        ax = cut.plot.merges()
        heights, counts = ax.lines[0].get_data()
        at = ax.lines[1].get_xdata()[0]
        # as many merges as are not below the cut are undone, and each of them adds a crystallite
        assert 1 + np.sum(np.asarray(heights) >= at) == cut.count
        assert counts[0] == 1


def test_no_cut_is_drawn_where_none_was_made(overlapping: ge.CrystalliteMap) -> None:
    ax = overlapping.plot.merges()
    assert len(ax.lines) == 1
    assert "cut" not in ax.get_title()


def test_overlap_has_one_colour_a_number_and_a_legend(overlapping: ge.CrystalliteMap) -> None:
    together = np.minimum(sum(mask.astype(int) for mask in overlapping.masks), 3)
    ax = overlapping.plot.overlap()
    pixels = np.asarray(ax.images[0].get_array())
    legend = ax.get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["none", "1", "2", "3 or more"]
    for number, patch in enumerate(legend.get_patches()):
        np.testing.assert_allclose(pixels[together == number] - patch.get_facecolor()[:3], 0, atol=1e-6)


def test_the_share_of_a_crystallite_in_per_cent(overlapping: ge.CrystalliteMap) -> None:
    assert overlapping.overlapping is not None
    ax = overlapping.plot.fraction(2)
    np.testing.assert_allclose(ax.images[0].get_array(), 100 * overlapping.overlapping.fractions[..., 1], rtol=1e-5)
    assert ax.images[0].get_clim()[0] == 0


def test_descan_is_shown_as_distance_and_direction(overlapping: ge.CrystalliteMap) -> None:
    assert overlapping.descan is not None
    shifts = overlapping.descan.shifts
    ax = overlapping.plot.descan()
    np.testing.assert_allclose(ax.images[0].get_array(), np.linalg.norm(shifts, axis=-1), atol=1e-5)
    arrows = ax.collections[0]
    x, y = np.asarray(arrows.get_offsets()).astype(int).T
    np.testing.assert_allclose(arrows.U, shifts[y, x, 1], atol=1e-5)
    np.testing.assert_allclose(arrows.V, shifts[y, x, 0], atol=1e-5)


def test_significance_has_a_dot_at_every_disk_position(overlapping: ge.CrystalliteMap) -> None:
    ax = overlapping.plot.significance()
    np.testing.assert_allclose(ax.images[0].get_array(), overlapping.significance)
    np.testing.assert_array_equal(np.stack(ax.lines[0].get_data()[::-1], axis=1), overlapping.disks.positions)


def test_the_label_map_counts_those_that_are_nowhere_the_largest(overlapping: ge.CrystalliteMap) -> None:
    hidden = overlapping.count - int(overlapping.labels.max())
    title = f"{overlapping.count} crystallites" + (f", {hidden} nowhere the largest" if hidden else "")
    assert overlapping.plot.labels().get_title() == title


def test_sizes_are_counted(result: ge.CrystalliteMap) -> None:
    bars = result.plot.sizes().patches
    assert sum(bar.get_height() for bar in bars) == 4


def test_a_given_axes_is_drawn_into(result: ge.CrystalliteMap) -> None:
    _, ax = plt.subplots()
    assert result.plot.labels(ax) is ax
    assert len(plt.get_fignums()) == 1


def test_what_is_not_there_is_refused_in_words(result: ge.CrystalliteMap) -> None:
    with pytest.raises(ge.GraineyeError, match="30 disk positions"):
        result.plot.dark_field(30)
    with pytest.raises(ge.GraineyeError, match="4 crystallites"):
        result.plot.pattern(5)
    for draw in (result.plot.overlap, lambda: result.plot.fraction(1)):
        with pytest.raises(ge.GraineyeError, match="there is no overlap"):
            draw()
    with pytest.raises(ge.GraineyeError, match="there is no descan"):
        result.plot.descan()
    with pytest.raises(ge.GraineyeError, match="there is no significance"):
        result.plot.significance()


def test_a_share_of_no_crystallite_is_refused(overlapping: ge.CrystalliteMap) -> None:
    with pytest.raises(ge.GraineyeError, match=f"there are {overlapping.count} crystallites"):
        overlapping.plot.fraction(0)


def test_a_result_shows_itself_in_a_notebook(result: ge.CrystalliteMap, tmp_path: Path) -> None:
    shown = result._repr_html_()
    assert "4 crystallites" in shown
    assert "data:image/png;base64," in shown
    hostile = dataclasses.replace(result, provenance=dataclasses.replace(result.provenance, scan_name="<script>"))
    assert "<script>" not in hostile._repr_html_()
    assert plt.get_fignums() == []
