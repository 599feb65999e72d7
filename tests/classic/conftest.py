"""Runs the published workflow beside graineye, where the programs that it was published with are installed."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# Test modules have no package here (import mode importlib), so that `published` is found only this way.
sys.path.insert(0, str(Path(__file__).parent))

from side_by_side import SideBySide, both_on

WANTED = "the peers are not installed: see the dependency group classic"


@pytest.fixture(scope="session", autouse=True)
def _peers() -> None:
    pytest.importorskip("libertem_blobfinder", reason=WANTED)
    pytest.importorskip("sklearn", reason=WANTED)


@pytest.fixture(scope="session", params=[128, 129, 250, 251], ids="{} px".format)
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SideBySide]:
    """A small scan with frames of even or odd size, open in both programs, and what the published workflow makes of it."""
    with both_on(tmp_path_factory.mktemp("scan") / "scan.h5", request.param) as opened:
        yield opened
