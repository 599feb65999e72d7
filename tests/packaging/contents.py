"""contents.py REPOSITORY WHEEL SDIST: both hold every file of src/graineye, and the wheel nothing else."""

import sys
import tarfile
import zipfile
from pathlib import Path


def main(repository: Path, wheel: Path, sdist: Path) -> None:
    source = repository / "src"
    ours = {
        path.relative_to(source).as_posix()
        for path in source.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    with tarfile.open(sdist) as archive:
        sent = {name.partition("/")[2] for name in archive.getnames()}
    for needed in ("graineye/py.typed", "graineye/report/page.html.j2"):
        assert needed in ours, needed
    assert packed == ours, f"wheel and src/ differ: {sorted(packed ^ ours)}"
    assert not {f"src/{name}" for name in ours} - sent, "the sdist lacks files of src/"
    assert {"pyproject.toml", "README.md", "LICENSE"} <= sent
    print(
        f"{wheel.name}: {len(packed)} files, {wheel.stat().st_size / 1e3:.0f} kB; {sdist.stat().st_size / 1e3:.0f} kB as sdist"
    )


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
