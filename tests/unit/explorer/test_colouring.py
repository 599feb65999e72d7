"""Colours and edges of label maps."""

import numpy as np

from graineye.explorer.colouring import colours_of, edges_of


def test_neighbours_have_different_colours() -> None:
    labels = np.kron(np.arange(1, 26).reshape(5, 5), np.ones((4, 4), int)).astype(np.int32)
    index, colours = colours_of(labels)
    assert len(index) == 26
    assert (index[labels[:, 1:]] != index[labels[:, :-1]])[labels[:, 1:] != labels[:, :-1]].all()
    assert len(colours) == index.max() + 1


def test_of_very_many_crystallites_most_neighbours_still_differ() -> None:
    labels = np.arange(1, 2501, dtype=np.int32).reshape(50, 50)
    index, _ = colours_of(labels)
    assert (index[labels[:, 1:]] != index[labels[:, :-1]]).all()
    assert (index[labels[1:]] != index[labels[:-1]]).mean() > 0.8


def test_unassigned_positions_have_a_colour_of_their_own() -> None:
    index, _ = colours_of(np.array([[0, 1, 2]], np.int32))
    assert index[0] == 0 < index[1:].min()


def test_edges_lie_between_positions_of_different_labels() -> None:
    x0, y0, x1, y1 = edges_of(np.array([[1, 1, 2], [3, 3, 2]], np.int32))
    lines = sorted(zip(x0, y0, x1, y1, strict=True))
    assert lines == [(-0.5, 0.5, 1.5, 0.5), (1.5, -0.5, 1.5, 1.5)]


def test_the_length_of_all_edges_is_that_of_the_boundaries() -> None:
    labels = np.random.default_rng(2).integers(1, 4, (20, 30)).astype(np.int32)
    x0, y0, x1, y1 = edges_of(labels)
    different = (labels[1:] != labels[:-1]).sum() + (labels[:, 1:] != labels[:, :-1]).sum()
    assert np.hypot(x1 - x0, y1 - y0).sum() == different
