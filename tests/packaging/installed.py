"""installed.py PREFIX: what was installed is what runs, says that it is typed, and wrote whole files in this folder."""

import sys
from importlib.metadata import files, version
from pathlib import Path


def main(prefix: Path) -> None:
    import graineye

    home = Path(graineye.__file__).resolve()
    assert home.is_relative_to(prefix.resolve()), f"{home} is not what was installed in {prefix}"
    assert any(path.name == "py.typed" for path in files("graineye") or ())
    result = graineye.load_result("tiny.crystallites.emd")
    assert result.labels.shape == (8, 7)
    assert result.count >= 1
    assert Path("tiny.crystallites.html").stat().st_size > 10_000
    print(f"graineye {version('graineye')}: {result.count} crystallites")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
