"""The compiled kernels of the steps after the passes, replaced by expressions of NumPy, SciPy and scikit-learn.

None of these loops over pixels or features, so an error in a kernel's loop shows as another label map.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import numpy as np
from numba.core.registry import CPUDispatcher
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components
from sklearn.cluster import ward_tree

from graineye.kernels.region_sums import add_to_regions_slow
from graineye.kernels.ward import edge_lengths_slow

Floats = NDArray[np.floating[Any]]
Whole = NDArray[np.integer[Any]]


def ward_merges(features: Floats, edges: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """scikit-learn's Ward tree."""
    both = np.concatenate([edges, edges[:, ::-1]])
    connectivity = coo_array((np.ones(len(both)), both.T), shape=(len(features), len(features)))
    children, _, _, _, heights = ward_tree(features.astype(np.float64), connectivity=connectivity, return_distance=True)
    return children.astype(np.int32), heights


def below(children: NDArray[np.int32]) -> NDArray[np.bool_]:
    """(m, m) which merges are at or below each merge."""
    leaves = len(children) + 1
    inside = np.eye(len(children), dtype=bool)
    for merge, pair in enumerate(children):
        for child in pair[pair >= leaves] - leaves:
            inside[merge] |= inside[child]
    return inside


def subtree_heights(children: NDArray[np.int32], heights: NDArray[np.float64]) -> NDArray[np.float64]:
    """The highest merge at or below each."""
    return np.array([heights[inside].max() for inside in below(children)])


def subtree_sizes(children: NDArray[np.int32]) -> NDArray[np.int32]:
    """One leaf more than there are merges at or below."""
    return (below(children).sum(axis=1) + 1).astype(np.int32)


def regions_below(children: NDArray[np.int32], kept: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Connected components of the tree with the kept merges alone, numbered by their first leaves."""
    leaves = len(children) + 1
    joined = children[kept].ravel()
    unions = np.repeat(leaves + np.flatnonzero(kept), 2)
    nodes = leaves + len(children)
    graph = coo_array((np.ones(len(joined), bool), (joined, unions)), shape=(nodes, nodes))
    component = connected_components(graph, directed=False)[1][:leaves]
    _, first, which = np.unique(component, return_index=True, return_inverse=True)
    return (np.argsort(np.argsort(first))[which] + 1).astype(np.int32)


def solve_nonnegative(
    gram: NDArray[np.float64], target: NDArray[np.float64], chosen: NDArray[np.int64], rounds: int, close: float
) -> NDArray[np.float64]:
    """Rounds in which each unknown in turn takes what all others leave, until none changes by more than `close`.

    Not SciPy's `nnls`, which goes on to the very minimum: where spectra are much alike, amounts that are close to it move
    labels (7 of 224 on the small islands).
    """
    inner, wanted = gram[np.ix_(chosen, chosen)], target[chosen]
    x = np.zeros(len(chosen))
    for _ in range(rounds):
        before = x.copy()
        for i in np.flatnonzero(np.diag(inner) > 0):
            x[i] = max(0.0, x[i] + (wanted[i] - inner[i] @ x) / inner[i, i])
        if np.abs(x - before).max(initial=0.0) <= close * x.max(initial=0.0):
            break
    return x


def unexplained_energy(
    energy: float,
    gram: NDArray[np.float64],
    target: NDArray[np.float64],
    chosen: NDArray[np.int64],
    x: NDArray[np.float64],
) -> float:
    """energy - 2 b' x + x' G x."""
    return float(energy - 2 * target[chosen] @ x + x @ gram[np.ix_(chosen, chosen)] @ x)


def inner_products(spectra: Floats, starts: Whole, partners: Whole) -> NDArray[np.float64]:
    """All inner products, and of these the ones that are wanted."""
    first = np.repeat(np.arange(len(spectra)), np.diff(starts))
    return np.asarray((spectra @ spectra.T)[first, partners])


def amounts_of_spectra(
    signals: Floats,
    spectra: Floats,
    gram_starts: Whole,
    gram_partners: Whole,
    gram: Floats,
    starts: Whole,
    allowed: Whole,
    rounds: int,
    close: float,
) -> NDArray[np.float32]:
    """The same for every signal's positive part."""
    inner = dense(gram_starts, gram_partners, gram, len(spectra))
    targets = np.maximum(signals, 0).astype(np.float64) @ spectra.T
    chosen = np.split(allowed, starts[1:-1])
    found = [solve_nonnegative(inner, targets[p], chosen[p], rounds, close) for p in range(len(signals))]
    return np.concatenate([np.zeros(0), *found]).astype(np.float32)


def weighted_rows(stack: Floats, rows: Whole, weights: Floats) -> NDArray[np.float32]:
    """A matrix product."""
    return (weights.astype(np.float64) @ stack[rows]).astype(np.float32)


def weighted_amounts(
    starts: Whole, present: Whole, amounts: Floats, n: int, rows: Whole, weights: Floats
) -> NDArray[np.float32]:
    """A matrix product with all amounts."""
    return weighted_rows(dense(starts, present, amounts, n), rows, weights)


def sums_by_amount(starts: Whole, present: Whole, amounts: Floats, n: int, signals: Floats) -> NDArray[np.float32]:
    """A matrix product with the positive part."""
    of_all = dense(starts, present, amounts, n).astype(np.float64)
    return (of_all.T @ np.maximum(signals, 0)).astype(np.float32)


def left_by_others(
    signals: Floats,
    starts: Whole,
    present: Whole,
    amounts: Floats,
    spectra: Floats,
    one: int,
    positions: Whole,
    numbers: Whole,
) -> NDArray[np.float32]:
    """What the others' amounts times their spectra leave."""
    others = np.arange(len(spectra)) != one
    of_all = dense(starts, present, amounts, len(spectra)).astype(np.float64)
    sums = of_all[np.ix_(positions, others)] @ spectra[np.ix_(others, numbers)]
    return (signals[np.ix_(positions, numbers)] - sums).astype(np.float32)


def dense(starts: Whole, present: Whole, values: Floats, n: int) -> Floats:
    """The whole table of what is held row by row, without zeros: (len(starts) - 1, n)."""
    return np.asarray(csr_array((values, present, starts), shape=(len(starts) - 1, n)).toarray())


PLAIN: dict[str, Callable[..., Any]] = {
    kernel.__name__.removesuffix("_slow"): kernel
    for kernel in (
        add_to_regions_slow,
        amounts_of_spectra,
        edge_lengths_slow,
        inner_products,
        left_by_others,
        regions_below,
        solve_nonnegative,
        subtree_heights,
        subtree_sizes,
        sums_by_amount,
        unexplained_energy,
        weighted_amounts,
        ward_merges,
        weighted_rows,
    )
}


@contextmanager
def plain_kernels() -> Iterator[None]:
    """Within it, no step from dark fields to labels calls a compiled kernel; one without a plain expression fails."""
    modules = [module for name, module in sys.modules.items() if name.startswith("graineye.crystallites")]
    kernels = [(m, name) for m in modules for name, value in vars(m).items() if isinstance(value, CPUDispatcher)]
    unknown = sorted({name for _, name in kernels} - set(PLAIN))
    assert not unknown, f"kernels without a plain expression in {__name__}: {unknown}"
    patches = [patch.object(module, name, PLAIN[name]) for module, name in kernels]
    for each in patches:
        each.start()
    try:
        yield
    finally:
        for each in patches:
            each.stop()
