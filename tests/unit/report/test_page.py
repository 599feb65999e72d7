"""The page needs nothing else, whatever else the process has loaded."""

from pathlib import Path

import graineye as ge


def test_a_page_made_beside_the_explorer_links_to_nothing(overlapping: ge.CrystalliteMap, tmp_path: Path) -> None:
    alone = overlapping.report(tmp_path / "alone.html").read_text()
    overlapping.explore()
    beside = overlapping.report(tmp_path / "beside.html").read_text()
    assert " src=" not in beside.replace(' src="data:', "")
    assert "static/extensions" not in beside
    assert abs(len(beside) - len(alone)) < len(alone) / 100  # identifiers may be longer
