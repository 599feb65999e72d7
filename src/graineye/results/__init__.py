"""What a user keeps: the `CrystalliteMap`, and the file that it is written to and read from.

One module writes the file, one reads it; `layout` holds what both agree on.
"""

from graineye.results.changing import Unedited
from graineye.results.crystallite_map import CrystalliteMap
from graineye.results.excluded import Excluded
from graineye.results.provenance import Provenance, fingerprint, provenance_of
from graineye.results.reading import load_result
from graineye.results.writing import write_result

__all__ = [
    "CrystalliteMap",
    "Excluded",
    "Provenance",
    "Unedited",
    "fingerprint",
    "load_result",
    "provenance_of",
    "write_result",
]
