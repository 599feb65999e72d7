"""The aperture that the simulated scans of these tests are recorded with, small enough for a small detector."""

from typing import Any

import pytest


@pytest.fixture(scope="session")
def small_bullseye() -> dict[str, Any]:
    """Settings of the probe, as in a settings file."""
    return {
        "source": "bullseye",
        "spot-radius": 1.4,
        "ring-inner": 4.0,
        "ring-outer": 5.75,
        "excluded-radius": 8.0,
        "bar-width": 1.5,
    }
