"""Options out of range are refused in one line that names the option, its value and what it must be."""

from typing import Any

import pytest

from graineye.errors import SettingsError
from graineye.simulate import SimulationOptions

OUT_OF_RANGE = [
    ("seed", -1),
    ("detector", 31),
    ("scan_step", 0.0),
    ("detector_pixel", -0.1),
    ("grain_size", 0.0),
    ("thickness", 0.0),
    ("lattice_parameter", 0.05),
    ("ring_outer", 0.0),
    ("bar_width", -1.0),
    ("bar_count", -1),
    ("bar_angle", 400.0),
    ("beam_energy", 0.0),
    ("descan", -1.0),
    ("descan_wave", -1.0),
    ("offset", -1.0),
    ("dose", -1.0),
    ("background", 1.5),
    ("dark", -0.1),
    ("dead", -1),
    ("hot", -1),
]


@pytest.mark.parametrize(("name", "value"), OUT_OF_RANGE)
def test_a_number_out_of_range_is_refused_by_its_flag_and_value(name: str, value: float) -> None:
    with pytest.raises(SettingsError) as refused:
        SimulationOptions(**{name: value})
    message = str(refused.value)
    assert message.startswith(f"{name.replace('_', '-')} is {value:g}")
    assert "it must be" in message
    assert "\n" not in message


@pytest.mark.parametrize("name", [name for name, value in OUT_OF_RANGE if isinstance(value, float)])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_finite_number_is_refused(name: str, value: float) -> None:
    with pytest.raises(SettingsError, match=f"^{name.replace('_', '-')} is {value:g}"):
        SimulationOptions(**{name: value})


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"scan": "64"}, "scan is '64': write two whole numbers"),
        ({"scan": "64xmany"}, "scan is '64xmany': write two whole numbers"),
        ({"scan": "0x5"}, "scan is '0x5': it must have at least one row and one column"),
        ({"centring": "hcp"}, "centring is 'hcp': it must be fcc, bcc, primitive or diamond"),
        ({"spot_radius": 9.0}, "a bullseye needs 0 <= spot-radius <= ring-inner <= ring-outer"),
        ({"ring_inner": 12.0}, "a bullseye needs 0 <= spot-radius <= ring-inner <= ring-outer"),
        ({"detector": 32, "ring_outer": 15.0}, "detector is 32 px: a probe of radius 15 px does not fit into it"),
        ({"dead": 40000}, "dead and hot are 40005 pixels: it must be less than half of them"),
        ({"offset": 200.0}, "offset, descan and descan-wave move the beam off the detector: choose smaller ones"),
        ({"descan": 200.0}, "offset, descan and descan-wave move the beam off the detector: choose smaller ones"),
        ({"descan_wave": 90.0}, "offset, descan and descan-wave move the beam off the detector: choose smaller ones"),
        ({"detector_pixel": 50.0}, "detector-pixel is 50 1/nm: the detector would hold over"),
        ({"grain_size": 0.1, "thickness": 1000.0}, "grain-size is 0.1 nm: the scan would hold"),
        ({"scan_step": 1e5}, "grain-size is 7.5 nm: the scan would hold"),
    ],
)
def test_what_does_not_fit_together_is_refused_in_one_line(options: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        SimulationOptions(**options)
    assert str(refused.value).startswith(said)
    assert "\n" not in str(refused.value)


def test_the_scan_s_shape_is_rows_by_columns() -> None:
    assert SimulationOptions(scan="64x56").scan_shape == (64, 56)
