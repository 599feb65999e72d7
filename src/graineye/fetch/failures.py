"""What goes wrong on the way to a server: what may pass is tried again, what may not is said in one line.

Servers that ask for a pause get it, within bounds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import sleep
from typing import TYPE_CHECKING, TypeVar

from graineye.errors import GraineyeError

if TYPE_CHECKING:
    import requests

_GONE = {404, 410}
_PASSING = {408, 429, 500, 502, 503, 504}
Result = TypeVar("Result")


class FetchError(GraineyeError):
    """A published scan cannot be found or transferred, or is not what was published."""


@dataclass(frozen=True)
class Patience:
    """How long to wait for a server."""

    timeout: float = 30.0
    """Seconds without an answer or a byte."""
    tries: int = 5
    """Attempts in a row that bring nothing."""
    pause: float = 1.0
    """Seconds before the second attempt; twice as long before each one after it."""
    longest_wait: float = 60.0
    """Seconds that a server may ask for."""


class TryAgain(Exception):
    """An attempt failed in a way that may pass."""

    def __init__(self, cause: str, wait: float = 0.0) -> None:
        super().__init__(cause)
        self.wait = wait


def persistently(attempt: Callable[[], Result], patience: Patience, there: Callable[[], int] = lambda: 0) -> Result:
    """What `attempt` gives, tried again while it raises `TryAgain`.

    Parameters
    ----------
    attempt
        Called without arguments.
    patience
        How often, and with which pauses.
    there
        Bytes that have arrived; an attempt that brought more of them than any before it was not in vain.

    Raises
    ------
    FetchError
        If as many attempts in a row as `patience` allows bring nothing.
    """
    fruitless, most = 0, there()
    while True:
        try:
            return attempt()
        except TryAgain as failure:
            fruitless, most = (0, there()) if there() > most else (fruitless + 1, most)
            if fruitless >= patience.tries:
                raise FetchError(f"{failure}; tried {fruitless} times: try again later") from failure
            sleep(failure.wait or patience.pause * 2 ** max(0, fruitless - 1))


def check_status(response: "requests.Response", what: str, patience: Patience) -> None:
    """Pass an answer that is neither an error nor a request to wait.

    Raises
    ------
    TryAgain
        For what may pass.
    FetchError
        For what may not, and for a server that asks for a longer pause than `patience` allows.
    """
    status = response.status_code
    if status < 400:
        return
    response.close()  # an answer that is not read to its end would keep its connection
    said = f"{what}: the server answers {status} {response.reason or ''}".rstrip()
    if status in _GONE:
        raise FetchError(f"{said}: it is not there (any more); check the name")
    if status not in _PASSING:
        raise FetchError(f"{said}: it does not hand this out")
    wait = _asked_pause(response.headers.get("Retry-After", ""))
    if wait > patience.longest_wait:
        raise FetchError(f"{said} and asks to wait {wait:.0f} s: try again then")
    raise TryAgain(said, wait)


def _asked_pause(text: str) -> float:
    """Seconds out of a Retry-After header, which holds a number or a date; 0 if it says neither."""
    if text.strip().isdecimal():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return 0.0
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())
