"""Zip files that are no scan: NumPy's npz and RosettaSciIO's prz, whose headers are pickled.

Zip files of zarr arrays are the business of `zarr_stores`.
"""

from graineye.errors import ScanError
from graineye.scan.formats.interface import Format, Source
from graineye.scan.scan import Scan


def _open(source: Source) -> Scan:
    if source.suffix == ".prz":
        raise ScanError(
            f"{source.path}: RosettaSciIO's prz, which may run code when it is read: save it as .hspy or .zspy with HyperSpy"
        )
    raise ScanError(
        f"{source.path}: a zip file without a zarr array in it: unpack it; of an npz save the scan alone with numpy.save"
    )


FORMAT = Format("zip", lambda source: source.start.startswith(b"PK\3\4"), _open)
