"""Arrays by their names out of npz files, as users hand in maps and simulations write truths.

Nothing pickled is read, and whatever a damaged file makes NumPy raise becomes one line on that file.
"""

import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graineye.errors import ScoreError

_DAMAGED = (
    OSError,
    ValueError,
    EOFError,
    MemoryError,
    RuntimeError,  # what zipfile takes for encrypted, or for a method it does not have
    zipfile.BadZipFile,
    zlib.error,
    tokenize.TokenError,
)
"""What NumPy raises of damaged files."""
_SAID = 200
"""Characters of another library's words, which may quote the bytes of a damaged file."""


def read_labels(path: str | Path) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """A label map and, where there are some, masks from an npz file with the keys `labels` and `masks`.

    Raises
    ------
    ScoreError
        If there is no such file, it is not npz, or it has no labels.
    """
    content = read_npz(path, ("labels",), ("masks",))
    return content["labels"], content.get("masks")


def read_npz(path: str | Path, keys: tuple[str, ...], optional: tuple[str, ...] = ()) -> dict[str, NDArray[Any]]:
    """The arrays `keys`, and those of `optional` that are there, of an npz file; no pickled object is read.

    Raises
    ------
    ScoreError
        If there is no such file, it is not npz, a key is missing or one holds no array.
    """
    try:
        # Opened here: of a damaged file, NumPy leaves its own open.
        with Path(path).open("rb") as file:
            content = np.load(file, allow_pickle=False)
            if not isinstance(content, np.lib.npyio.NpzFile):
                raise ScoreError(f"{path}: a single array, not an npz file: name one")
            missing = [key for key in keys if key not in content]
            if missing:
                raise ScoreError(f"{path}: has no {', '.join(missing)}: name another file")
            arrays = {key: content[key] for key in keys + optional if key in content}
    except FileNotFoundError:
        raise ScoreError(f"{path}: no such file: check the name") from None
    except _DAMAGED as error:
        raise ScoreError(f"{path}: cannot be read ({str(error)[:_SAID]}): is it an npz file, and whole?") from error
    for key, array in arrays.items():
        if not isinstance(array, np.ndarray):  # NumPy gives the bytes of what it does not take for an array
            raise ScoreError(f"{path}: {key} is no array: is it an npz file, and whole?")
    return arrays
