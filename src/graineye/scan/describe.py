"""What a file holds and how graineye reads it, in words."""

from graineye.scan.scan import Scan


def describe(scan: Scan) -> list[tuple[str, str]]:
    """What `graineye info` shows of a scan: rows of a name and a text."""
    ny, nx, qy, qx = scan.shape
    gigabytes = ny * nx * qy * qx * scan.dtype.itemsize / 1e9
    calibration = scan.calibration
    step, pixel = calibration.scan_step, calibration.detector_pixel
    rows = [
        ("file", str(scan.path)),
        ("format", scan.format),
        ("dataset", scan.dataset_path),
        ("scan positions", f"{ny} x {nx} (y x x)"),
        ("frames", f"{qy} x {qx} px (qy x qx), {scan.dtype}, {gigabytes:.2f} GB in all"),
        ("region of interest", "all" if scan.roi is None else "{}:{},{}:{}".format(*(scan.roi_bounds or ()))),
        ("scan step", _sizes(step, calibration.scan_unit)),
        ("detector pixel", _sizes(pixel, calibration.detector_unit)),
        ("probe image", "in the file" if scan.probe is not None else "none in the file"),
    ]
    return [row for row in rows if row[1]] + [("note", note) for note in scan.notes]


def _sizes(sizes: tuple[float, float], unit: str) -> str:
    if unit == "px":
        return "unknown"
    first, second = (f"{size:.4g}" for size in sizes)
    return f"{first} {unit}" if first == second else f"{first} x {second} {unit}"
