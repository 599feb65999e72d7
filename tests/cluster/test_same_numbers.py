"""A cluster of two worker processes gives what threads give, to the last bit, and is sent large things once."""

import pickle
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import graineye as ge
from graineye.passes import following_template_values, local_significance, template_values
from graineye.progress import silent

Scans = dict[str, Path]


@pytest.mark.parametrize(
    ("name", "opening"),
    [
        ("contiguous.h5", {}),
        ("contiguous.h5", {"roi": "1:12,2:13"}),
        ("chunked.h5", {}),
        ("chunked.h5", {"roi": "1:12,2:13"}),
        ("array.npy", {}),
        ("merlin.mib", {"nav_shape": "12,14"}),
    ],
)
def test_a_map_is_the_same_on_threads_and_on_two_worker_processes(
    name: str, opening: dict[str, Any], scans: Scans, two_workers: str, polycrystal: Any
) -> None:
    settings = polycrystal.settings()
    expected = ge.map_crystallites(ge.open_scan(scans[name], **opening), settings, silent)
    scan = ge.open_scan(scans[name], cluster=two_workers, **opening)
    assert name == "merlin.mib" or len(list(scan.dataset.get_partitions())) > 2
    found = ge.map_crystallites(scan, settings, silent)
    assert found.count >= 3
    np.testing.assert_array_equal(found.labels, expected.labels)
    np.testing.assert_array_equal(found.dark_fields, expected.dark_fields)
    np.testing.assert_array_equal(found.mean_patterns, expected.mean_patterns)
    for field in ("mean", "std", "log_sum", "total_counts"):
        np.testing.assert_array_equal(getattr(found.statistics, field), getattr(expected.statistics, field))
    assert found.provenance.notes == expected.provenance.notes


@pytest.mark.parametrize("name", ["contiguous.h5", "chunked.h5"])
@pytest.mark.parametrize(
    "opening", [{}, {"roi": "1:12,2:13"}, {"exclude_frames": "3,4"}], ids=["whole", "roi", "excluded"]
)
def test_passes_that_follow_the_pattern_give_the_same_on_threads_and_on_two_worker_processes(
    name: str, opening: dict[str, Any], scans: Scans, two_workers: str
) -> None:
    template = ge.bullseye(1.4, 4, 6, 9, 1.5).image
    corners = np.array([[3, 4], [-5, 60], [30, 31]])

    def passes(scan: ge.Scan) -> list[np.ndarray[Any, Any]]:
        shifts = np.random.default_rng(47).uniform(-3, 3, (*scan.scan_shape, 2))
        return [*following_template_values(scan, template, corners, shifts), local_significance(scan, template, shifts)]

    expected = passes(ge.open_scan(scans[name], **opening))
    for found, same in zip(passes(ge.open_scan(scans[name], cluster=two_workers, **opening)), expected, strict=True):
        np.testing.assert_array_equal(found, same)


def test_a_path_is_taken_from_where_the_user_stands(
    scans: Scans, two_workers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = scans["contiguous.h5"]
    monkeypatch.chdir(path.parent)
    scan = ge.open_scan(path.name, cluster=two_workers)
    np.testing.assert_array_equal(ge.statistics(scan).mean, ge.statistics(ge.open_scan(path)).mean)


def test_templates_are_sent_once(scans: Scans, two_workers: str, monkeypatch: pytest.MonkeyPatch) -> None:
    scan = ge.open_scan(scans["contiguous.h5"], cluster=two_workers)
    client = scan.context.executor.client
    sent: list[int] = []
    scattered: list[int] = []
    submit, scatter = client.submit, client.scatter

    def count_submitted(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        sent.append(len(pickle.dumps([arg for arg in args if type(arg).__name__ != "Future"])))
        return submit(function, *args, **kwargs)

    def count_scattered(data: Any, **kwargs: Any) -> Any:
        scattered.append(len(pickle.dumps(data)))
        return scatter(data, **kwargs)

    monkeypatch.setattr(client, "submit", count_submitted)
    monkeypatch.setattr(client, "scatter", count_scattered)
    template = np.random.default_rng(3).normal(size=(300, 300)).astype(np.float32)
    corners = np.array([[-100, -90], [-120, -130]])
    values = template_values(scan, template, corners)
    np.testing.assert_array_equal(values, template_values(ge.open_scan(scans["contiguous.h5"]), template, corners))
    assert len(scattered) == 1
    assert scattered[0] > template.nbytes
    assert len(sent) == len(list(scan.dataset.get_partitions())) > 2
    assert max(sent) < 20_000


def test_nothing_is_left_on_the_cluster_after_a_pass(scans: Scans, two_workers: str) -> None:
    scan = ge.open_scan(scans["contiguous.h5"], cluster=two_workers)
    client = scan.context.executor.client
    before = set(client.futures)
    ge.statistics(scan)
    deadline = time.monotonic() + 10
    while set(client.futures) - before and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not set(client.futures) - before
