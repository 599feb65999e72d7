"""Folders for what libraries keep between runs, where the usual ones cannot be written.

numba refuses to compile at all if neither the installation nor the user's cache takes its files.
"""

import os
import stat
import tempfile
from importlib.util import find_spec
from pathlib import Path

from graineye.errors import OutputError

_PROBE = b"\0" * (1 << 20)
"""As large as what numba writes; a quota that is used up lets empty files through."""


def use_writable_caches() -> None:
    """Before numba and Matplotlib are imported: give them a folder of this user's own if theirs cannot be written.

    Raises
    ------
    OutputError
        If there is no other place either.
    """
    home = _user_cache()
    if not os.environ.get("NUMBA_CACHE_DIR") and not _numba_has_a_place(home):
        os.environ["NUMBA_CACHE_DIR"] = str(_own_folder() / "numba")
    if not os.environ.get("MPLCONFIGDIR") and not _takes_files(home / "matplotlib"):
        os.environ["MPLCONFIGDIR"] = str(_own_folder() / "matplotlib")


def _user_cache() -> Path:
    given = os.environ.get("XDG_CACHE_HOME")
    return Path(given) if given else Path(os.path.expanduser("~/.cache"))  # noqa: PTH111  # raises nothing without a home


def _numba_has_a_place(home: Path) -> bool:
    """Whether it has one for every package with compiled functions: beside the code first, then in the user's cache."""
    beside = [_package_folder("graineye") / "kernels", _package_folder("libertem") / "common" / "numba"]
    # Beside the code, what is compiled may be there already: only a folder that takes no files at all is passed over.
    return all(_takes_files(folder / "__pycache__") for folder in beside) or _takes_files(home / "numba")


def _package_folder(name: str) -> Path:
    spec = find_spec(name)
    return Path(spec.origin).parent if spec is not None and spec.origin is not None else Path("/nowhere")


def _takes_files(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
            return file.write(_PROBE) == len(_PROBE)
    except OSError:
        return False


def _own_folder() -> Path:
    """A folder that only this user may write: numba runs what it finds in its cache."""
    try:
        known = Path(tempfile.gettempdir()) / f"graineye-{os.getuid() if hasattr(os, 'getuid') else 'cache'}"
        known.mkdir(mode=0o700, exist_ok=True)
        if _is_private(known) and _takes_files(known):
            return known
        return Path(tempfile.mkdtemp(prefix="graineye-"))
    except OSError as error:
        raise OutputError(
            f"no folder for temporary files can be written ({error.strerror}): set TMPDIR to one that can"
        ) from error


def _is_private(folder: Path) -> bool:
    known = folder.lstat()
    mine = not hasattr(os, "getuid") or known.st_uid == os.getuid()
    return stat.S_ISDIR(known.st_mode) and mine and not (os.name == "posix" and known.st_mode & 0o077)
