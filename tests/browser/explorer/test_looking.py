"""Pointing, clicking and dragging in the explorer's views: what is drawn follows."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from graineye.explorer.colouring import colours_of
from graineye.explorer.detectors import Circle, Ring
from graineye.explorer.overlay import FIRST, SECOND
from graineye.explorer.state import DARK_FIELD, VIRTUAL_DETECTOR

# Bokeh's own use of pandas
pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword")


def like(colour: tuple[int, ...], expected: str, within: int = 12) -> bool:
    return bool(np.abs(np.array(colour) - 255 * np.array(to_rgb(expected))).max() <= within)


def test_every_view_is_drawn(explored) -> None:
    for name in ("scan", "diffraction", "dendrogram", "sizes"):
        colours = np.unique(explored.colours(name).reshape(-1, 3) // 16, axis=0)
        assert len(colours) >= (4 if name == "sizes" else 5), name
    text = explored.said()
    assert "polycrystal.h5" in text
    assert "Keys: n next crystallite" in text


def test_the_map_has_the_colours_of_its_crystallites(explored) -> None:
    labels = explored.state.shown.labels
    index, colours = colours_of(labels)
    for y, x in ((1, 2), (2, 11), (8, 5)):
        assert like(explored.colour(explored.scan(y, x)), colours[index[labels[y, x]]])


def test_pointing_shows_the_frame_and_names_the_crystallite(explored, polycrystal) -> None:
    explored.move(explored.scan(3, 11))
    explored.until(lambda: explored.state.pointer == (3, 11))
    explored.until(lambda: explored.title("diffraction") == "frame at y=3, x=11")
    label = explored.state.shown.labels[3, 11]
    diameter = explored.state.shown.table["diameter_nm"].iloc[label - 1]
    assert f"crystallite {label} · {diameter:.3g} nm" in explored.said()
    # the disks of this crystallite are bright, those of another one dark
    bright, dark = (sum(explored.colour(explored.detector(*place), 40)) for place in ((54, 20), (60, 41)))
    assert bright > dark + 20
    explored.move((640, 790))
    explored.until(lambda: explored.state.pointer is None)


def test_a_click_selects_on_the_map_and_in_the_table(explored) -> None:
    explored.click(explored.scan(3, 11))
    label = int(explored.state.mapped.labels[3, 11])
    explored.until(lambda: explored.state.selected == (label,))
    explored.page.locator(".tabulator-row.tabulator-selected").wait_for()
    row = explored.page.locator(".tabulator-row.tabulator-selected").inner_text().split()
    assert row[0] == str(label)
    # a white line lies round it
    columns = np.flatnonzero((explored.state.shown.labels == label)[3])
    edge = explored.scan(3, columns.min() - 0.5)
    assert like(explored.colour(edge), "white", 40)


@pytest.mark.parametrize("quantity", ["overlap", "confidence", "mean feature", "total counts", "equivalent diameter"])
def test_any_quantity_can_colour_the_scan(explored, quantity: str) -> None:
    before = explored.colours("scan")
    explored.page.locator("select").nth(1).select_option(quantity)
    explored.until(lambda: explored.state.quantity == quantity)
    explored.page.wait_for_timeout(150)
    assert np.abs(explored.colours("scan").astype(int) - before).mean() > 5
    assert explored.title("scan") != f"{explored.state.shown.count} crystallites, as mapped"


def test_a_click_on_a_disk_shows_its_dark_field(explored, polycrystal) -> None:
    y, x = polycrystal.disks[2][0]
    explored.click(explored.detector(y, x))
    explored.until(lambda: explored.state.quantity == DARK_FIELD)
    found = explored.state.shown.disks.positions[explored.state.disk]
    assert np.hypot(found[0] - y, found[1] - x) < 3
    explored.until(lambda: "dark field of disk" in explored.title("scan"))
    inside, outside = (explored.colour(explored.scan(*place)) for place in ((2, 11), (2, 2)))
    assert inside[2] < 120 < outside[2]  # ochre where the disk is there, near white where it is not


def test_a_dragged_circle_and_ring_are_virtual_detectors(explored, polycrystal) -> None:
    explored.press("circle")
    explored.drag(explored.detector(18, 60), explored.detector(18, 66))
    explored.until(lambda: explored.state.virtual is not None)
    circle = explored.state.detector
    assert isinstance(circle, Circle)
    assert abs(circle.radius - 6) < 1
    y, x = np.mgrid[:72, :80]
    inside = np.hypot(y - circle.centre[0], x - circle.centre[1]) <= circle.radius
    np.testing.assert_allclose(explored.state.virtual, polycrystal.frames[..., inside].sum(axis=-1), rtol=1e-5)
    explored.until(lambda: explored.title("scan").startswith("circle of"))
    bright, dark = (sum(explored.colour(explored.scan(*place))) for place in ((2, 11), (2, 2)))
    assert bright > dark + 150
    explored.press("ring")
    explored.drag(explored.detector(36, 50), explored.detector(36, 70))
    explored.until(lambda: isinstance(explored.state.detector, Ring) and explored.state.virtual is not None)
    assert abs(explored.state.detector.inner - 10) < 1.5
    assert abs(explored.state.detector.outer - 30) < 1.5
    assert explored.state.quantity == VIRTUAL_DETECTOR


def test_a_scale_of_counts_can_be_chosen(explored) -> None:
    before = explored.colours("diffraction")
    explored.page.locator("select").nth(2).select_option("linear")
    explored.page.wait_for_timeout(500)
    after = explored.colours("diffraction")
    assert np.abs(after.astype(int) - before).mean() > 3


def test_the_map_follows_the_cut_while_it_is_dragged(explored) -> None:
    tree = explored.state.mapped.dendrogram
    start = explored.place("dendrogram", explored.page.evaluate(_CUT), 5)
    heights = np.sort(tree.subtree_heights())[::-1][4:20]
    widest = int((heights[:-1] / heights[1:]).argmax())
    count = 4 + widest + 2  # of a cut between two heights
    target = explored.place("dendrogram", float(np.sqrt(heights[widest] * heights[widest + 1])), 5)
    explored.move(start)
    explored.page.mouse.down()
    explored.page.mouse.move(*target, steps=5)
    explored.until(lambda: explored.state.cut is not None and explored.state.shown.count == count)
    explored.until(
        lambda: explored.title("scan").startswith(f"{count} crystallites, cut at")
    )  # the button is still down
    explored.page.mouse.up()
    labels = explored.state.shown.labels
    index, colours = colours_of(labels)
    y, x = np.argwhere(labels == np.bincount(labels.ravel()).argmax())[len(labels) // 2]
    assert like(explored.colour(explored.scan(y, x)), colours[index[labels[y, x]]])
    assert "the map shows this cut, not the map as it was mapped" in explored.said()
    explored.press("as mapped")
    explored.until(lambda: explored.state.cut is None)
    explored.until(lambda: explored.title("scan") == f"{explored.state.mapped.count} crystallites, as mapped")


_CUT = """() => {
    for (const model of Bokeh.documents[0]._all_models.values()) if (model.type === "Span") return model.location;
}"""


def test_a_click_on_a_boundary_says_why_it_is_one(explored) -> None:
    labels = explored.state.shown.labels
    x = int(np.flatnonzero(labels[2, 1:] != labels[2, :-1])[0])
    pair = tuple(sorted((int(labels[2, x]), int(labels[2, x + 1]))))
    explored.click(explored.scan(2, x + 0.49))
    explored.until(lambda: explored.state.boundary == pair)
    explored.until(lambda: explored.title("boundary") == f"Mean patterns of {pair[0]} and {pair[1]}")
    text = explored.said()
    assert "difference of the means over its standard error" in text
    assert text.count("+") + text.count("-") >= 4
    drawn = explored.colours("boundary").reshape(-1, 3).astype(int)
    orange, blue = ((drawn @ (np.array(to_rgb(c)) - 0.5) > 60).sum() for c in (FIRST, SECOND))
    assert min(orange, blue) > 50


def test_a_click_on_a_row_selects_on_the_map(explored) -> None:
    explored.page.locator(".tabulator-row").nth(1).click()
    explored.until(lambda: explored.state.selected == (2,))
    assert explored.state.label_at(explored.state.pinned) == 2


def test_a_filter_of_the_table_veils_the_others_on_the_map(explored) -> None:
    before = explored.colour(explored.scan(2, 11))
    label = int(explored.state.shown.labels[2, 11])
    other = 1 if label != 1 else 2
    explored.page.locator(".tabulator-header-filter input").first.fill(str(other))
    explored.page.keyboard.press("Enter")
    explored.until(lambda: explored.state.filtered == frozenset([other]))
    after = explored.colour(explored.scan(2, 11))
    assert sum(after) > sum(before) + 60  # veiled in white
    assert explored.page.locator(".tabulator-row").count() == 1


def test_the_table_is_sorted_by_a_click_on_a_column(explored) -> None:
    explored.page.locator(".tabulator-col-title", has_text="positions").click()
    explored.page.wait_for_timeout(200)
    areas = [float(row.split()[-6]) for row in explored.page.locator(".tabulator-row").all_inner_texts()]
    assert areas == sorted(areas)


def test_brushing_over_sizes_leaves_only_these(explored) -> None:
    sizes = explored.state.shown.table["diameter_nm"].to_numpy()
    view = explored.view("sizes")
    y = np.mean(view["y"])
    explored.drag(
        explored.place("sizes", y, view["x"][0] + 0.01),
        explored.place("sizes", y, (sizes.max() + np.sort(sizes)[-2]) / 2),
    )
    explored.until(lambda: explored.state.brushed is not None)
    explored.until(lambda: explored.page.locator(".tabulator-row").count() == len(sizes) - 1)
    assert explored.state.kept[1:].sum() == len(sizes) - 1
    explored.page.mouse.dblclick(*explored.place("sizes", y, sizes.max()))
    explored.until(lambda: explored.state.brushed is None)


def test_keys_do_the_frequent_things(explored) -> None:
    explored.page.keyboard.press("n")
    explored.until(lambda: explored.state.selected == (1,))
    explored.page.keyboard.press("n")
    explored.until(lambda: explored.state.selected == (2,))
    explored.page.keyboard.press("d")
    explored.until(lambda: explored.state.quantity == DARK_FIELD)
    explored.page.keyboard.press("Escape")
    explored.until(lambda: explored.state.selected == ())


def test_the_theme_is_changed_and_the_state_stays(explored) -> None:
    explored.click(explored.scan(3, 11))
    explored.until(lambda: explored.state.selected != ())
    light = explored.colour((640, 797))
    explored.press("Dark")
    explored.page.wait_for_url("**/?theme=dark")
    explored.until(lambda: sum(explored.colour((640, 797))) < 150 < sum(light))
    explored.page.locator(".tabulator-row.tabulator-selected").wait_for()
