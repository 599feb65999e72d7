"""The first run after installation says that it compiles kernels; later runs, which find them, do not."""

from collections.abc import Callable

import numba
import pytest

from graineye.cli.flags import CommonFlags
from graineye.cli.run import _Printer
from graineye.kernels import COMPILING, telling_of_compilation


@pytest.fixture
def kernel() -> Callable[[float], float]:
    """A kernel that no earlier run has compiled."""

    @numba.njit
    def square(x: float) -> float:
        return x * x

    return square


def test_compiling_is_told_once_when_it_begins_and_once_at_the_end(kernel: Callable[[float], float]) -> None:
    told: list[tuple[str, int, int]] = []
    with telling_of_compilation(lambda *what: told.append(what)):
        kernel(2.0)
        assert told == [(COMPILING, 0, 0)]
        kernel(2)
    assert told == [(COMPILING, 0, 0), (COMPILING, 1, 1)]


def test_of_compiled_kernels_nothing_is_told(kernel: Callable[[float], float]) -> None:
    kernel(2.0)
    told: list[tuple[str, int, int]] = []
    with telling_of_compilation(lambda *what: told.append(what)):
        kernel(3.0)
    assert told == []


def test_graineye_run_says_it_in_one_line(kernel: Callable[[float], float], capsys: pytest.CaptureFixture[str]) -> None:
    with _Printer(CommonFlags(), 1).progress():
        kernel(2.0)
    assert capsys.readouterr() == ("", f"{COMPILING}\n")


def test_a_quiet_graineye_run_compiles_without_a_word(
    kernel: Callable[[float], float], capsys: pytest.CaptureFixture[str]
) -> None:
    with _Printer(CommonFlags(quiet=True), 1).progress():
        kernel(2.0)
    assert capsys.readouterr() == ("", "")
