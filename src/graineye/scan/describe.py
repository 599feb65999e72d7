"""What a file holds and how graineye reads it, in words."""

from collections.abc import Sequence

from graineye.scan.calibration import AxisScale, Calibration, Unit, wavelength
from graineye.scan.scan import Scan


def describe(scan: Scan) -> list[tuple[str, str]]:
    """What `graineye info` shows of a scan: rows of a name and a text."""
    ny, nx, qy, qx = scan.shape
    gigabytes = ny * nx * qy * qx * scan.dtype.itemsize / 1e9
    calibration = scan.calibration
    rows = [
        ("file", str(scan.path)),
        ("format", scan.format),
        ("dataset", scan.dataset_path),
        ("scan positions", f"{ny} x {nx} (y x x)"),
        ("frames", f"{qy} x {qx} px (qy x qx), {scan.dtype}, {gigabytes:.2f} GB in all"),
        ("region of interest", "all" if scan.roi is None else "{}:{},{}:{}".format(*(scan.roi_bounds or ()))),
        ("excluded", _excluded(scan)),
        *describe_calibration(calibration),
        ("probe image", "in the file" if scan.probe is not None else "none in the file"),
    ]
    return [row for row in rows if row[1]] + [("note", note) for note in scan.notes]


def describe_calibration(calibration: Calibration) -> list[tuple[str, str]]:
    """What is known of a scan's scale and of the microscope: rows of a name and a text, empty where nothing is known."""
    energy, length, turn = calibration.beam_energy, calibration.camera_length, calibration.rotation
    return [
        ("scan step", _sizes(calibration.y, calibration.x, "yx")),
        ("detector pixel", _detector_pixel(calibration)),
        ("beam energy", f"{energy:.4g} kV, wavelength {1e3 * wavelength(energy):.4g} pm" if energy else ""),
        ("camera length", f"{length:.4g} mm" if length else ""),
        ("rotation", "" if turn is None else f"{turn:.4g} degrees from the detector to the scan, as the file says"),
    ]


def _detector_pixel(calibration: Calibration) -> str:
    """Its size, and in brackets what that is in 1/nm or mrad if the beam's energy tells."""
    qy, qx = calibration.qy, calibration.qx
    text = _sizes(qy, qx, ("qy", "qx"))
    unit: Unit = "mrad" if calibration.detector_unit == "1/nm" else "1/nm"
    other = calibration.detector_pixel_mrad if unit == "mrad" else calibration.detector_pixel_per_nm
    if other is None or calibration.detector_unit == "px":
        return text
    return f"{text} ({_sizes(AxisScale(other[0], unit), AxisScale(other[1], unit), ('qy', 'qx'))})"


def _sizes(first: AxisScale, second: AxisScale, axes: Sequence[str]) -> str:
    """The sizes of a pixel along two axes, once where they are the same."""
    if first.unit == second.unit == "px":
        return "unknown"
    one, other = (f"{scale.step:.4g}" for scale in (first, second))
    if first.unit == second.unit:
        return f"{one} {first.unit}" if one == other else f"{one} x {other} {first.unit}"
    parts = (
        f"{axis} " + ("unknown" if scale.unit == "px" else f"{size} {scale.unit}")
        for axis, scale, size in zip(axes, (first, second), (one, other), strict=True)
    )
    return ", ".join(parts)


def _excluded(scan: Scan) -> str:
    counts = (
        (scan.excluded_frames, "scan positions"),
        (scan.excluded_pixels, "detector pixels"),
    )
    return ", ".join(f"{mask.sum()} {what}" for mask, what in counts if mask is not None)
